/** What a server reports at the end of a deployment, at the address that the deployment has for it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SoftwareConfig } from '../../shared/contract/software-configs.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { readExpectations, readReference, send } from '../support/rts-cases.ts'
import { inputValue, newKey, type SoftwareActions, softwareActions } from '../support/software-actions.ts'

interface SignalCase {
  readonly case: string
  /** Null: no body; text: sent as it is. */
  readonly signals: readonly unknown[]
  readonly replies: readonly (readonly [status: number, body: { error?: { message?: string } } | null])[]
  readonly before: object
  readonly after: object
  readonly updated_time_set: boolean
}

const signalCases = readExpectations<SignalCase>('signals.jsonl')
if (signalCases.length === 0) test.skip('the recorded signals are not there: nothing is compared', () => undefined)

const key = newKey()
const keyElsewhere = newKey()

let cloud: TestCloud
let software: SoftwareActions
beforeAll(async () => {
  cloud = await startTestCloud({ parameters: { CommandsPerMinute: '1000000' }, accessKeys: [key, keyElsewhere] })
  software = softwareActions(cloud.baseUrl, key)
})
afterAll(() => cloud?.stop())

const declared = {
  group: 'script',
  config: 'echo $foo',
  inputs: [
    { name: 'foo', default: '' },
    { name: 'bar', default: 'dflt' },
  ],
  outputs: [{ name: 'result' }, { name: 'err', error_output: true }],
  options: { o: 1 },
}

/** A deployment that waits for its signal, and where it waits. */
async function waiting(given: object = {}) {
  const source = await software.config(declared)
  const answer = await software.deploySoftware({ config_id: source.id, server_id: 'web-1', ...given })
  if (!answer.ok) throw new Error(JSON.stringify(answer.error))
  const { software_deployment: deployment, software_config: config } = answer.body
  return { deployment, config, source, address: inputValue(config, 'deploy_signal_id') }
}

const asText = (signal: unknown) => (typeof signal === 'string' ? signal : JSON.stringify(signal))

function signal(address: string, body: unknown, method = 'POST') {
  const sent = body === null ? {} : { body: asText(body), headers: { 'Content-Type': 'application/json' } }
  return send(address, { method, ...sent })
}

describe.runIf(signalCases.length > 0)('a signal has the effect that it has on a real server', () => {
  test.each(signalCases.flatMap((each) => ['POST', 'PUT'].map((verb) => [each.case, verb, each] as const)))(
    '%s by %s',
    async (_name, verb, { signals, replies, before, after, updated_time_set }) => {
      const { deployment, address } = await waiting()
      expect(deployment).toMatchObject(before)
      for (const [at, given] of signals.entries()) {
        const { status, body } = await signal(address, given, verb)
        const [wantedStatus, wantedBody] = replies[at]!
        expect(status).toBe(wantedStatus)
        // The words about malformed JSON are those of Python's reader.
        if (wantedBody?.error) delete (wantedBody.error as { message?: string }).message
        if (wantedBody === null) expect(body).toBeNull()
        else expect(body).toMatchObject(wantedBody)
      }
      const shown = await software.shown(deployment.id)
      expect(shown).toMatchObject(after)
      expect(shown.output_values).toEqual((after as { output_values: unknown }).output_values)
      expect(shown.config_id).toBe(deployment.config_id)
      expect(shown.updated_time !== undefined).toBe(updated_time_set)
    },
  )
})

describe('a signal address', () => {
  test('is told by nothing but the config, and the deployment is not found with another secret or none', async () => {
    const { deployment, address } = await waiting()
    expect(JSON.stringify(await software.shown(deployment.id))).not.toContain('secret')
    const secret = new URL(address).searchParams.get('secret') ?? ''
    expect(secret).toMatch(/^[\w-]{43}$/)
    const wrong = address.replace(secret, `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`)
    const other = await waiting()
    const strange = address.replace(secret, new URL(other.address).searchParams.get('secret') ?? '')
    for (const given of [wrong, strange, address.replace(/\?.*/, ''), address.replace(secret, '')]) {
      const { status, body } = await signal(given, {})
      expect({ status, body }).toMatchObject({ status: 404, body: { error: { type: 'NotFound' } } })
    }
    expect(await software.shown(deployment.id)).toMatchObject({ status: 'IN_PROGRESS' })
  })

  test('ceases to work when it is revoked, when it is replaced, and when the deployment is deleted', async () => {
    const { deployment, address } = await waiting()
    const made = `software_deployments/${deployment.id}/signal_address`
    const second = (await software.ask('POST', made)).body as { signal_address: string }
    expect((await signal(address, {})).status).toBe(404)
    expect((await software.ask('DELETE', made)).status).toBe(204)
    expect((await signal(second.signal_address, {})).status).toBe(404)
    const third = (await software.ask('POST', made)).body as { signal_address: string }
    expect((await software.deleteDeployment(deployment.id)).status).toBe(204)
    expect((await signal(third.signal_address, {})).status).toBe(404)
    expect((await software.ask('POST', made)).status).toBe(404)
    expect((await software.ask('DELETE', made)).status).toBe(404)
  })

  test('is made for any deployment whose config declares a transport, and for no other', async () => {
    const inputs = [{ name: 'deploy_signal_transport', value: 'CFN_SIGNAL' }]
    const config = await software.config({ ...declared, inputs })
    const deployment = await software.deployment({ config_id: config.id, server_id: 's', status: 'IN_PROGRESS' })
    const addressOf = (id: string) => software.ask('POST', `software_deployments/${id}/signal_address`)
    const { signal_address } = (await addressOf(deployment.id)).body as { signal_address: string }
    // What `curl -X PUT -d` sends.
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    expect((await send(signal_address, { method: 'PUT', headers, body: '{"result":"r"}' })).status).toBe(200)
    expect(await software.shown(deployment.id)).toMatchObject({ status: 'COMPLETE', output_values: { result: 'r' } })

    const silent = await software.config(declared)
    const mute = await software.deployment({ config_id: silent.id, server_id: 's' })
    expect(await addressOf(mute.id)).toMatchObject({ status: 400, body: { error: { type: 'Invalid' } } })
  })

  test('of two signals at once one is taken, whole', async () => {
    const { deployment, address } = await waiting()
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((word) => signal(address, { result: word, deploy_stdout: word })),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const { output_values } = await software.shown(deployment.id)
    const { result, deploy_stdout } = output_values as { result: string; deploy_stdout: string }
    expect(deploy_stdout).toBe(result)
  })
})

/** What a stack of a real server makes of the declared config, by transport. */
interface Derived {
  readonly deployment: object
  readonly metadata: readonly [SoftwareConfig]
}
const derived = JSON.parse(readReference('derived.json') ?? '{}') as Record<string, Derived>
const derivedCases = ['NO_SIGNAL', 'CFN_SIGNAL'].flatMap((transport) => derived[transport] ?? [])

describe('one call that deploys', () => {
  test.runIf(derivedCases.length > 0).each(derivedCases)(
    "makes what a stack's deployment is on a real server, but for what names the stack: $deployment.server_id",
    async ({ deployment, metadata: [recorded] }) => {
      // The stack resource fills in the descriptions of what is declared.
      const described = (items: readonly object[]) => items.map((item) => ({ ...item, description: '' }))
      const { inputs, outputs } = declared
      const source = await software.config({ ...declared, inputs: described(inputs), outputs: described(outputs) })
      const { server_id } = deployment as { server_id: string }
      const input_values = { foo: 'fooooo', extra: 'undeclared' }
      const signal_transport = inputValue(recorded, 'deploy_signal_transport')
      const given = { config_id: source.id, server_id, name: recorded.name, input_values, signal_transport }
      const answer = await software.deploySoftware(given)
      if (!answer.ok) throw new Error(JSON.stringify(answer.error))
      const { software_deployment: made, software_config: config } = answer.body
      const own = { id: expect.any(String), creation_time: expect.any(String) }
      expect(made).toEqual({ ...deployment, ...own, config_id: config.id })
      const ofStack = ['deploy_stack_id', 'deploy_resource_name']
      const address = expect.stringContaining(`/software_deployments/${made.id}/signal?secret=`)
      const expected = recorded.inputs
        .filter(({ name }) => !ofStack.includes(name))
        .map((input) => (input.name === 'deploy_signal_id' ? { ...input, value: address } : input))
      expect(config).toEqual({ ...recorded, ...own, inputs: expected })
      expect(await software.metadata(server_id)).toEqual([config])
    },
  )

  test("derives the config as Heat's clients do, in their order", async () => {
    const given = {
      input_values: { foo: 'fooooo', extra: 'undeclared' },
      name: 'first',
      signal_transport: 'TEMP_URL_SIGNAL',
    }
    const { deployment, config, address } = await waiting(given)
    expect(config).toMatchObject({ name: 'first', group: 'script', config: 'echo $foo', options: { o: 1 } })
    expect(config.inputs.map(({ name, value }) => [name, value])).toEqual([
      ['foo', 'fooooo'],
      ['bar', 'dflt'],
      ['extra', 'undeclared'],
      ['deploy_server_id', 'web-1'],
      ['deploy_action', 'CREATE'],
      ['deploy_signal_transport', 'TEMP_URL_SIGNAL'],
      ['deploy_signal_id', address],
      ['deploy_signal_verb', 'PUT'],
    ])
    expect(config.outputs.map(({ name }) => name)).toEqual(['result', 'err'])
    expect(deployment).toMatchObject({
      action: 'CREATE',
      config_id: config.id,
      server_id: 'web-1',
      input_values: { foo: 'fooooo', extra: 'undeclared' },
      output_values: null,
      status: 'IN_PROGRESS',
      status_reason: 'Deploy data available',
    })
    expect((await software.metadata('web-1')).find(({ id }) => id === config.id)).toEqual(config)
  })

  test('waits for nothing without a signal', async () => {
    const { deployment, config } = await waiting({ signal_transport: 'NO_SIGNAL' })
    expect(deployment).toMatchObject({ status: 'COMPLETE', status_reason: 'Not waiting for outputs signal' })
    expect(config.inputs.map(({ name }) => name)).not.toContain('deploy_signal_id')
  })

  test('needs a config of the project, and a transport that there is', async () => {
    const elsewhere = softwareActions(cloud.baseUrl, keyElsewhere)
    const foreign = await elsewhere.config(declared)
    const { id } = await software.config(declared)
    for (const body of [
      { config_id: foreign.id, server_id: 's' },
      { config_id: id, server_id: 's', signal_transport: 'PIGEON' },
      { config_id: id, server_id: 's', input_values: [] },
    ]) {
      expect(await software.deploySoftware(body)).toMatchObject({ status: 400, error: { error: { type: 'Invalid' } } })
    }
  })
})
