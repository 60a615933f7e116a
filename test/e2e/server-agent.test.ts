/** The shell agent of the examples, against the service: it polls, runs, reports, and polls on for nothing. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { newKey, type SoftwareActions, softwareActions } from '../support/software-actions.ts'

let cloud: TestCloud
let software: SoftwareActions
let agent: ChildProcess
let folder: string
beforeEach(async () => {
  const key = newKey()
  const token = 'a-token-of-nobody'
  cloud = await startTestCloud({ accessKeys: [key], developmentToken: { project: key.project, token } })
  software = softwareActions(cloud.baseUrl, key)
  folder = await mkdtemp(join(tmpdir(), 'server-agent-'))
  const env = { PATH: process.env.PATH, AGENT_DIR: folder, AGENT_SECONDS: '0.2', OS_TOKEN: token }
  const args = ['examples/server-agent.sh', cloud.baseUrl, software.project, 'web-1']
  agent = spawn('sh', args, { env, stdio: 'ignore', detached: true })
})
afterEach(async () => {
  // The whole group, as the agent sleeps in a program of its own.
  if (agent?.pid) process.kill(-agent.pid)
  await cloud?.stop()
  await rm(folder, { recursive: true, force: true })
})

const until = <Value>(check: () => Promise<Value> | Value) => vi.waitFor(check, { timeout: 20_000, interval: 100 })

async function deploy(config: object, given: object = {}) {
  const source = await software.config(config)
  const answer = await software.deploySoftware({ config_id: source.id, server_id: 'web-1', ...given })
  if (!answer.ok) throw new Error(JSON.stringify(answer.error))
  return answer.body.software_deployment.id
}

test('the shell agent completes a deployment, reports a failure, and then hears that nothing changed', async () => {
  const greet = `echo "hello $who"; echo "it's $who" > "$heat_outputs_path.greeting"`
  const outputs = [{ name: 'greeting' }]
  const inputs = [{ name: 'who', default: 'nobody' }]
  const good = await deploy({ name: '1', config: greet, inputs, outputs }, { input_values: { who: "O'Hara & co" } })
  await until(async () => expect(await software.shown(good)).toMatchObject({ status: 'COMPLETE' }))
  expect(await software.shown(good)).toMatchObject({
    status_reason: 'Outputs received',
    output_values: { deploy_stdout: "hello O'Hara & co\n", deploy_status_code: 0, greeting: "it's O'Hara & co\n" },
  })
  const bad = await deploy({ name: '2', config: 'echo no >&2; exit 3' }, { signal_transport: 'TEMP_URL_SIGNAL' })
  await until(async () => expect(await software.shown(bad)).toMatchObject({ status: 'FAILED' }))
  expect(await software.shown(bad)).toMatchObject({
    status_reason: 'deploy_status_code : Deployment exited with non-zero status code: 3',
    output_values: { deploy_stderr: 'no\n', deploy_status_code: 3 },
  })
  await until(async () => expect(await readFile(join(folder, 'headers'), 'utf8')).toMatch(/^HTTP\/1.1 304/))
})
