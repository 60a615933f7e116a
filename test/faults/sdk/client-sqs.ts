/** Takes the place of `@aws-sdk/client-sqs` in simulated worlds: the real command, and a client that sends to the world's queue. */
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { call, mustBeActor } from '../simulation/actor.ts'
import { services } from '../simulation/services.ts'

export { SendMessageCommand }

/** As the SDK has it: a class, because the service says `new`. */
export class SQSClient {
  async send({ input }: SendMessageCommand): Promise<object> {
    const { world } = mustBeActor('the queue')
    const { MessageBody = '', MessageGroupId = '', MessageDeduplicationId = '' } = input
    return call({
      label: `queue send ${MessageDeduplicationId}`,
      effect: () => {
        services(world).jobs.send(MessageBody, MessageGroupId, MessageDeduplicationId)
        return {}
      },
      faults: ['refused', 'lost', 'repeated'],
      service: 'queue',
      failure: () => Object.assign(new Error('the queue did not answer'), { name: 'ServiceUnavailable' }),
    })
  }
}
