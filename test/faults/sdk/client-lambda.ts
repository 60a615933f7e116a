/** Takes the place of `@aws-sdk/client-lambda` in simulated worlds: the real command and error, and a client that starts the simulated runner. */
import { InvokeWithResponseStreamCommand, TooManyRequestsException } from '@aws-sdk/client-lambda'
import { call, mustBeActor } from '../simulation/actor.ts'
import { services } from '../simulation/services.ts'
import type { StreamPart } from '../simulation/stream.ts'

export { InvokeWithResponseStreamCommand, TooManyRequestsException }

interface Answer {
  readonly EventStream: AsyncIterable<StreamPart>
}

function failure(fault: 'refused' | 'lost'): Error {
  if (fault === 'lost') return Object.assign(new Error('no answer came'), { name: 'TimeoutError' })
  return new TooManyRequestsException({ message: 'Rate exceeded', $metadata: {} })
}

/** As the SDK has it: a class, because the service says `new`. */
export class LambdaClient {
  async send({ input }: InvokeWithResponseStreamCommand): Promise<Answer> {
    const reader = mustBeActor('the runner')
    const { world } = reader
    const payload = new TextDecoder().decode(input.Payload as Uint8Array)
    return call<Answer>({
      label: 'invoke the runner',
      effect: () => ({ EventStream: services(world).runner.start(payload, reader).read() }),
      // The client does not send again by itself: the service has told it not to.
      faults: ['refused', 'lost'],
      service: 'runner',
      failure,
    })
  }
}
