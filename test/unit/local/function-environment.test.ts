/** Which function of the local runtime is told what: the one that runs templates hears of no secret. */
import { expect, test } from 'vitest'
import { buildEnvironment } from '../../../infra/local/function-environment.ts'

const endpoints = { dynamodb: 'http://d', sqs: 'http://q', s3: 'http://s', lambda: 'http://l' }
const machine = {
  startId: 'start',
  temporaryFolder: '/tmp/rfs-x',
  hiddenFolders: ['/tmp/rfs-x', '/home/me/.rfs'],
  secretsKey: 'the-key-of-all-secrets',
  developmentToken: { project: 'project', token: 'the-token' },
}
const host = { PATH: '/usr/bin', RFS_ENGINE: '/usr/bin/tofu', AWS_SECRET_ACCESS_KEY: 'of-the-host', HOME: '/home/me' }
const definition = {
  logicalId: 'Function',
  name: 'function',
  arn: 'arn:aws:lambda:us-east-1:000000000000:function:function',
  handler: 'index.handler',
  codeFolder: '/code',
  environment: {},
  timeoutSeconds: 30,
  memoryMegabytes: 512,
  usesLayers: false,
}
const environmentOf = (more: object) => buildEnvironment({ ...definition, ...more }, endpoints, host, machine)

test('the runner is told what to hide, and no secret of the service or of its host', () => {
  const runner = environmentOf({ usesLayers: true })
  expect(JSON.parse(runner.RFS_HIDDEN_FOLDERS!)).toEqual(['/tmp/rfs-x', '/home/me/.rfs'])
  expect(runner).toMatchObject({ RFS_ENGINE: '/usr/bin/tofu', PATH: '/usr/bin', TMPDIR: '/tmp/rfs-x' })
  expect(JSON.stringify(runner)).not.toMatch(/the-key-of-all-secrets|the-token|of-the-host/)
  expect(runner).not.toHaveProperty('HOME')
})

test('only functions that the template lets use the secrets’ key get the machine’s, and callers are theirs to check', () => {
  const caller = environmentOf({ environment: { SECRETS_KEY_ARN: 'arn', TOKEN_ISSUER: '' } })
  expect(caller).toMatchObject({ RFS_SECRETS_KEY: machine.secretsKey, RFS_DEVELOPMENT_TOKEN: 'project:the-token' })
  expect(caller).not.toHaveProperty('RFS_HIDDEN_FOLDERS')
  const other = environmentOf({ environment: { TABLE_NAME: 'table' } })
  expect(JSON.stringify(other)).not.toMatch(/the-key-of-all-secrets|the-token/)
})

test('where nothing can be hidden, the runner is not told to', () => {
  const { hiddenFolders: _, ...open } = machine
  const runner = buildEnvironment({ ...definition, usesLayers: true }, endpoints, host, open)
  expect(runner).not.toHaveProperty('RFS_HIDDEN_FOLDERS')
})
