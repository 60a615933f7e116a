/** `npm run access` as a program of its own, against a deployed service: its CloudFormation, its KMS and its table. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAccessKeyStore } from '../../../shared/auth/access-keys.ts'
import { type KeyService, localKeyService, openSecret } from '../../../shared/auth/secrets.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'

const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1'
const member = (key: string, value: string) =>
  `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`

let memory: MemoryTable
let aws: Server
let keys: KeyService
let folder: string
const asked: string[] = []

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

/** CloudFormation's one answer, and KMS's for new data keys. */
function startAws() {
  return createServer(async (request, response) => {
    const body = await textOf(request)
    const { searchParams } = new URL(request.url ?? '/', 'http://x')
    if (request.method === 'GET') {
      asked.push(searchParams.get('StackName') ?? '')
      const known = searchParams.get('StackName') === 'rfs-test'
      const outputs = `${member('TableName', 'unit-test')}${member('ApiUrl', 'x')}${member('SecretsKeyArn', keyArn)}`
      response.statusCode = known ? 200 : 400
      response.end(known ? `<Outputs>${outputs}</Outputs>` : '<Message>Stack with id rfs does not exist</Message>')
      return
    }
    const input = JSON.parse(body)
    expect(input.KeyId).toBe(keyArn)
    const { plain, wrapped } = await keys.newDataKey(input.EncryptionContext)
    response.end(JSON.stringify({ Plaintext: Buffer.from(plain).toString('base64'), CiphertextBlob: wrapped }))
  })
}

beforeAll(async () => {
  memory = await startMemoryTable()
  keys = localKeyService(randomBytes(32).toString('base64'))
  aws = startAws()
  aws.listen(0, '127.0.0.1')
  await once(aws, 'listening')
  folder = await mkdtemp(join(tmpdir(), 'rfs-access-'))
})
afterAll(async () => {
  aws.close()
  await memory.stop()
  await rm(folder, { recursive: true })
})

function access(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const endpoint = `http://127.0.0.1:${(aws.address() as AddressInfo).port}`
  const env = { ...process.env, AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint, AWS_ENDPOINT_URL_KMS: `${endpoint}/` }
  return new Promise((done) => {
    const command = [resolve(import.meta.dirname, '../../../infra/access.ts'), ...args]
    execFile(process.execPath, command, { env }, (error, out, err) => {
      done({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

describe('the access command', () => {
  test('makes a key that the service can use, prints its secret once, and stores it encrypted', async () => {
    const policy = join(folder, 'policy.json')
    await writeFile(policy, '{"deny": ["rf:stack:delete*"]}')
    const given = ['--project', 'project-1', '--role', 'full', '--policy', policy, '--domain', 'domain-1']
    const { code, out } = await access('create', ...given, '--stage', 'test', '--json')
    expect(code).toBe(0)
    const key = JSON.parse(out)
    expect(key).toMatchObject({
      project: 'project-1',
      domainId: 'domain-1',
      role: 'full',
      policy: { deny: ['rf:stack:delete*'] },
    })
    const record = (await openAccessKeyStore(memory.table, keys).find(key.accessKey))!
    expect(JSON.stringify(record)).not.toContain(key.secretKey)
    const context = { purpose: 'access-key', accessKey: key.accessKey }
    expect(await openSecret(keys, record.secret, context)).toBe(key.secretKey)

    const listed = await access('list', '--stage', 'test')
    expect(listed.out).toContain(key.accessKey)
    expect(listed.out).toContain('full+policy')
    expect(listed.out).not.toContain(key.secretKey)
    expect(asked).toEqual(['rfs-test', 'rfs-test'])
  })

  test('revokes a key, by the names of table and KMS key as well', async () => {
    const target = ['--table', 'unit-test', '--key', keyArn]
    const made = JSON.parse(
      (await access('create', '--project', 'project-2', '--role', 'read', '--json', ...target)).out,
    )
    const revoked = await access('revoke', made.accessKey, ...target)
    expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining('within five minutes') })
    expect((await access('list', ...target)).out).toMatch(new RegExp(`${made.accessKey} .*revoked`))
    expect(await access('revoke', 'AKNOBODY', ...target)).toMatchObject({
      code: 1,
      err: 'there is no access key AKNOBODY\n',
    })
  })

  test.each<[string, string[]]>([
    ['nothing', []],
    ['an unknown command', ['destroy']],
    ['an unknown option', ['list', '--everything']],
    ['no project', ['create', '--role', 'full']],
    ['a project that cannot be one', ['create', '--project', 'a b', '--role', 'full']],
    ['neither role nor policy', ['create', '--project', 'abc']],
    ['an unknown role', ['create', '--project', 'abc', '--role', 'root']],
    ['a policy that is not there', ['create', '--project', 'abc', '--policy', '/no/such/file']],
    ['no key to revoke', ['revoke']],
    ['a table without a key', ['list', '--table', 'x']],
    ['two targets', ['list', '--stage', 'a', '--table', 'x', '--key', 'y']],
  ])('given %s says what is needed', async (_, args) => {
    const { code, err } = await access(...args)
    expect(code).toBe(2)
    expect(err).toContain('Usage: npm run access')
  })

  test('says what it does, and what stands in its way', async () => {
    expect(await access('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Targets:') })
    expect(await access('list', '--stage', 'nowhere')).toMatchObject({
      code: 1,
      err: 'rfs-nowhere: Stack with id rfs does not exist\n',
    })
    const local = await access('list', '--data', folder)
    expect(local).toMatchObject({ code: 1, err: expect.stringContaining('no service is running') })
  })
})
