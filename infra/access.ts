/**
 * `npm run access`: makes, lists and revokes access keys.
 * Exit codes: 0 when it is done or for `--help`, 1 when it cannot be done, 2 for arguments it does not understand.
 */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import * as z from 'zod/mini'
import { type AccessKeyStore, type GivenAccessKey, newKeyPair } from '../shared/auth/access-keys.ts'
import { isSystemPolicy, Policy } from '../shared/auth/policies.ts'
import { projectId } from '../shared/contract/fields.ts'
import { type Target, withStoreOf } from './access-target.ts'

const help = `Makes, lists and revokes the access keys with which requests are signed.

Usage: npm run access -- create --project P [--role full|plan|read|server] [--policy FILE] [--domain D] [target]
       npm run access -- list [target]
       npm run access -- revoke AK [target]

  --project P      project that the key opens
  --role NAME      full: everything; plan: change stacks by execution plans only; read: look, change nothing;
                   server: fetch what a server is to run
  --policy FILE    JSON file with actions that are allowed and denied besides, * for any text; a denial always wins:
                   {"allow": ["rf:stack:*"], "deny": ["rf:stack:deleteStack"]}
  --domain D       domain (account) that the key belongs to
  --json           print JSON

Targets:
  --data DIR       the service that runs on this machine with this data folder (default: .rfs)
  --stage NAME     the service that is deployed on AWS as the stack rfs-NAME ('' for the stack rfs)
  --table NAME --key ARN
                   the same by its table and its KMS key
  --region NAME    region of AWS (default: that of the environment or profile)

The secret of a new key is printed once; what is stored of it is encrypted. A revoked key is refused everywhere within
five minutes, and its name is never given again.
`

type Command =
  | { name: 'help' }
  | { name: 'create'; key: Omit<GivenAccessKey, 'accessKey' | 'secretKey'> }
  | { name: 'list' }
  | { name: 'revoke'; accessKey: string }
type Arguments = { command: Command; target: Target; json: boolean }

const options = {
  project: { type: 'string' },
  role: { type: 'string' },
  policy: { type: 'string' },
  domain: { type: 'string' },
  json: { type: 'boolean', default: false },
  data: { type: 'string', default: '.rfs' },
  stage: { type: 'string' },
  table: { type: 'string' },
  key: { type: 'string' },
  region: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

type Values = Partial<Record<keyof typeof options, string | boolean>> & {
  project?: string
  role?: string
  policy?: string
  domain?: string
}

/** @throws Error with a sentence for the operator */
async function readArguments(args: string[]): Promise<Arguments> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const { json, data, stage, table, key, region } = values
  if ((table === undefined) !== (key === undefined)) throw new Error('--table and --key belong together')
  if (stage !== undefined && table !== undefined) throw new Error('--stage or --table is needed, not both')
  const target: Target =
    stage !== undefined
      ? { kind: 'stage', stage, region }
      : table !== undefined && key !== undefined
        ? { kind: 'table', table, keyArn: key, region }
        : { kind: 'local', data }
  return { command: values.help ? { name: 'help' } : await readCommand(positionals, values), target, json }
}

async function readCommand([name, ...rest]: string[], values: Values): Promise<Command> {
  const [accessKey] = rest
  if (name === 'revoke' && accessKey !== undefined && rest.length === 1) return { name, accessKey }
  if (rest.length > 0) throw new Error(`${rest.join(' ')}: not understood`)
  if (name === 'list') return { name }
  if (name === 'create') return { name, key: await readKey(values) }
  throw new Error(name === 'revoke' ? 'revoke: the access key is needed' : 'create, list or revoke is needed')
}

async function readKey({
  project,
  role,
  policy,
  domain,
}: Values): Promise<Omit<GivenAccessKey, 'accessKey' | 'secretKey'>> {
  if (project === undefined || !z.safeParse(projectId, project).success)
    throw new Error('--project: 3 to 64 letters, digits and hyphens are needed')
  if (role === undefined && policy === undefined) throw new Error('--role or --policy is needed')
  if (role !== undefined && !isSystemPolicy(role)) throw new Error(`--role ${role}: full, plan or read is needed`)
  return {
    project,
    ...(domain === undefined ? {} : { domainId: domain }),
    ...(role === undefined ? {} : { role }),
    ...(policy === undefined ? {} : { policy: await readPolicy(policy) }),
  }
}

async function readPolicy(file: string): Promise<Policy> {
  try {
    return Policy.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    const problem = cause instanceof z.core.$ZodError ? z.prettifyError(cause) : (cause as Error).message
    throw new Error(`--policy ${file}: ${problem}`, { cause })
  }
}

const print = (json: boolean, value: unknown, text: string) => console.log(json ? JSON.stringify(value, null, 2) : text)

async function create(store: AccessKeyStore, given: Omit<GivenAccessKey, 'accessKey' | 'secretKey'>, json: boolean) {
  const key = { ...newKeyPair(), ...given }
  if (!(await store.save(key, new Date()))) throw new Error('the new key has the name of a revoked one; try again')
  const rights = [given.role, given.policy ? 'a policy of its own' : undefined].filter(Boolean).join(' and ')
  const lines = [
    `access key  ${key.accessKey}`,
    `secret key  ${key.secretKey}`,
    `project     ${key.project} (${rights})`,
    '',
    'The secret is shown this once.',
  ]
  print(json, key, lines.join('\n'))
}

async function list(store: AccessKeyStore, json: boolean) {
  const keys = (await store.list()).map(({ secret: _, ...key }) => key)
  const lines = keys.map(({ accessKey, project, role, policy, createdAt, revokedAt }) => {
    const rights = [role, policy ? 'policy' : undefined].filter(Boolean).join('+')
    return [
      accessKey.padEnd(22),
      project.padEnd(34),
      rights.padEnd(12),
      createdAt,
      revokedAt ? `revoked ${revokedAt}` : '',
    ]
      .join(' ')
      .trimEnd()
  })
  print(json, keys, lines.length > 0 ? lines.join('\n') : 'There is no access key.')
}

async function revoke(store: AccessKeyStore, accessKey: string) {
  if (!(await store.revoke(accessKey, new Date()))) throw new Error(`there is no access key ${accessKey}`)
  console.log(`${accessKey} is revoked; every function refuses it within five minutes.`)
}

async function main(args: string[]): Promise<number> {
  let given: Arguments
  try {
    given = await readArguments(args)
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`)
    return 2
  }
  const { command, target, json } = given
  if (command.name === 'help') {
    console.log(help)
    return 0
  }
  await withStoreOf(target, async (store) => {
    if (command.name === 'create') return create(store, command.key, json)
    return command.name === 'list' ? list(store, json) : revoke(store, command.accessKey)
  })
  return 0
}

process.exitCode = await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message)
  return 1
})
