/**
 * `npm start`: synthesizes the service's template, runs it on this machine, and stays up until it is interrupted.
 * Exit codes: 0 after a clean stop or `--help`, 1 when it cannot start, 2 for arguments it does not understand, 130 when
 * a second signal forces the end.
 */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { GivenAccessKey } from '../../shared/auth/access-keys.ts'
import { findEngine } from '../../shared/engine/engine-binary.ts'
import { readPriceBook } from '../../shared/plan/price-book.ts'
import { explainUnconfined } from './confined-engines.ts'
import type { DataFolder } from './data-folder.ts'
import { openDataFolder } from './data-folder.ts'
import { openFunctionLogs } from './function-logs.ts'
import { localRegion } from './physical-names.ts'
import { localCredentials } from './sdk-settings.ts'
import type { LocalCloud } from './start.ts'
import { start } from './start.ts'

type Options = {
  port: number
  data: string
  profile: 'hosted' | 'open'
  keys: GivenAccessKey[]
  templateHosts: string[]
  priceBook: string | undefined
}

/** An interrupted engine ends what it has begun and saves its state; a forced stop would lose that. */
const stopGraceMs = 60_000

const help = `Runs the service on this machine.

Usage: npm start -- [--port PORT] [--data DIR] [--profile hosted|open] [--key AK:SK:PROJECT]...
                    [--template-host HOST[:PORT]]... [--price-book FILE]

  --port PORT      port of the API on 127.0.0.1 (default: a free one)
  --data DIR       folder for stacks, queues and logs, kept between starts (default: .rfs)
  --profile NAME   hosted: templates are restricted as on a shared service; open: they may do anything (default: hosted)
  --key AK:SK:PROJECT
                   adds an access key that may do everything in a project (repeatable)
  --template-host HOST[:PORT]
                   lets template_uri and vars_uri lead there (repeatable): HOST by https on port 443 and at public
                   addresses only, .HOST all names below it; HOST:PORT also by http and on this machine
  --price-book FILE
                   what resources cost, for estimates; kept until another one is set
  --help           this text

The engine is the program named by RFS_ENGINE, else tofu, else terraform, found on PATH.
DIR/endpoint.json tells clients the address, a key pair and a token while the service is up.
`

/** @throws Error with a sentence for the user */
function readOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '0' },
      data: { type: 'string', default: '.rfs' },
      profile: { type: 'string', default: 'hosted' },
      key: { type: 'string', multiple: true, default: [] },
      'template-host': { type: 'string', multiple: true, default: [] },
      'price-book': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN
  if (!(port <= 65_535)) throw new Error(`--port ${values.port}: a number from 0 to 65535 is needed`)
  if (values.data === '') throw new Error('--data: the name of a folder is needed')
  const { profile } = values
  if (profile !== 'hosted' && profile !== 'open') throw new Error(`--profile ${profile}: hosted or open is needed`)
  const [templateHosts, priceBook] = [values['template-host'], values['price-book']]
  return { port, data: resolve(values.data), profile, keys: values.key.map(readKey), templateHosts, priceBook }
}

/** What is no host is refused, in words, where the parameters are checked. */
function hostParameters(hosts: readonly string[]) {
  const withPort = hosts.filter((host) => host.includes(':'))
  const withoutPort = hosts.filter((host) => !host.includes(':'))
  return { TemplateHosts: withoutPort.join(','), PrivateTemplateHosts: withPort.join(',') }
}

/** A secret may hold colons; names and projects do not. */
function readKey(text: string): GivenAccessKey {
  const [, accessKey, secretKey, project] = /^([^:,\s]{1,128}):(.+):([A-Za-z0-9-]{3,64})$/.exec(text) ?? []
  if (!accessKey || !secretKey || !project) throw new Error('--key: AK:SK:PROJECT is needed')
  return { accessKey, secretKey, project, role: 'full' }
}

async function main(args: string[]): Promise<number> {
  let options: Options | 'help'
  try {
    options = readOptions(args)
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`)
    return 2
  }
  if (options === 'help') {
    console.log(help)
    return 0
  }
  const signals = listenForSignals()
  const priceBook = options.priceBook === undefined ? undefined : await readFile(options.priceBook, 'utf8')
  if (priceBook !== undefined) readPriceBook(priceBook)
  const engine = await findEngine({ chosen: process.env.RFS_ENGINE, searchPath: process.env.PATH })
  const folder = await openDataFolder(options.data)
  // At the exit, because a forced one must do it as well.
  process.on('exit', folder.release)
  await run({ ...options, priceBook }, folder, engine, signals)
  return 0
}

/** @param options with the text of the price book in the place of its file's name */
async function run(options: Options, folder: DataFolder, engine: string, signals: Signals): Promise<void> {
  console.log('Synthesizing the template ...')
  // Here, not above: the CDK takes a second to load, and arguments are checked first.
  const { synthesize } = await import('../app.ts')
  const assembly = await synthesize(join(folder.path, 'cdk.out'))
  const logs = openFunctionLogs(join(folder.path, 'logs'))
  const { projectId, credentials } = folder
  const { accessKey, secretKey, token, secretsKey } = credentials
  const cloud = await start({
    assembly,
    accessKeys: [{ accessKey, secretKey, project: projectId, role: 'full' }, ...options.keys],
    developmentToken: { project: projectId, token },
    ...(options.priceBook === undefined ? {} : { priceBook: options.priceBook }),
    secretsKey,
    port: options.port,
    dataDir: join(folder.path, 'data'),
    temporaryFolder: folder.temporaryFolder,
    hiddenFolders: [folder.path],
    // Everybody who reaches this machine's service is trusted, and clients find Heat's own rule.
    parameters: {
      TemplateProfile: options.profile,
      StackUserProjects: '*=*',
      ...hostParameters(options.templateHosts),
    },
    onLog: logs.write,
    stopGraceMs,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`port ${options.port} is in use; choose another one with --port`)
  })
  // Also when something fails unexpectedly: no engine may go on without the service.
  process.on('exit', cloud.killChildProcesses)
  const { baseUrl } = cloud
  const { accessKeyId } = localCredentials
  const table = { endpoint: cloud.endpoints.dynamodb, name: cloud.tableNames[0] ?? '', accessKeyId }
  const { pid } = process
  await folder.writeEndpoint({ baseUrl, projectId, region: localRegion, pid, accessKey, secretKey, token, table })
  printReady({ cloud, folder, engine, profile: options.profile })
  await signals.first
  console.log('\nStopping; running deployments save their state and go on at the next start ... (once more to force)')
  await cloud.stop()
  await logs.close()
  folder.release()
  console.log('Stopped; everything is kept.')
}

type Signals = { first: Promise<void> }

/** The first SIGINT or SIGTERM asks for a clean stop, the second one ends the process at once. */
function listenForSignals(): Signals {
  const { promise: first, resolve: ask } = Promise.withResolvers<void>()
  let asked = false
  const onSignal = () => {
    if (asked) process.exit(130)
    asked = true
    ask()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return { first }
}

type Ready = { cloud: LocalCloud; folder: DataFolder; engine: string; profile: string }

function printReady({ cloud: { baseUrl, unconfined }, folder, engine, profile }: Ready): void {
  console.log(`
The service is up.

  address   ${baseUrl}
  project   ${folder.projectId}
  access    key ${folder.credentials.accessKey}, secret ${folder.credentials.secretKey}
  token     ${folder.credentials.token} (for X-Auth-Token, on this machine only)
  engine    ${engine}
  profile   ${profile}
  engines   ${unconfined === undefined ? 'confined: they see no process and no folder of the service' : explainUnconfined(unconfined)}
  data      ${folder.path} (functions' logs in logs/, address for clients in endpoint.json)

Try it:

  curl -s ${baseUrl}/v1/${folder.projectId}/stacks -H "Client-Request-Id: ${randomUUID()}" -H "X-Auth-Token: ${folder.credentials.token}"

Ctrl-C stops it; nothing is lost.
`)
}

process.exitCode = await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message)
  return 1
})
