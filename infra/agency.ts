/** `npm run agency`: keeps the credentials that stacks name as agencies. Values come by standard input, never as arguments. */
import { parseArgs } from 'node:util'
import * as z from 'zod/mini'
import { type AgencySecrets, type AgencyValues, openAgencySecrets } from '../shared/agency/agency-secrets.ts'
import { knownProviders, providerVariables } from '../shared/agency/provider-variables.ts'
import { projectId } from '../shared/contract/fields.ts'
import { type Target, withSecretsOf } from './access-target.ts'
import { readInput, readTarget, runCommand, targetHelp, targetOptions } from './target-options.ts'

const help = `Keeps the credentials of providers that the stacks of a project name as their agencies.

Usage: npm run agency -- set --project P --provider X --agency NAME [target] < variables.json
       npm run agency -- list --project P [target]
       npm run agency -- remove --project P --provider X --agency NAME [target]
       npm run agency -- variables --provider X

set reads a JSON object of the provider's environment variables, such as
  {"HW_ACCESS_KEY": "...", "HW_SECRET_KEY": "...", "HW_REGION_NAME": "eu-de"}
and replaces what was set before. A stack gets them with "agencies": [{"provider_name": X, "agency_name": NAME}].
Known providers: ${knownProviders.join(', ')}.

${targetHelp}`

const options = {
  project: { type: 'string' },
  provider: { type: 'string' },
  agency: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
  ...targetOptions,
} as const

type Place = { project: string; provider: string; agency: string }
type Command =
  | { name: 'set' | 'remove'; place: Place; target: Target }
  | { name: 'list'; project: string; target: Target }
  | { name: 'variables'; provider: string }

/** @throws Error with a sentence for the operator */
function readArguments(args: string[]): Command | 'help' {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  if (values.help) return 'help'
  const [name, ...rest] = positionals
  if (rest.length > 0) throw new Error(`${rest.join(' ')}: not understood`)
  const { project, provider, agency } = values
  if (name === 'variables') return { name, provider: knownProvider(provider) }
  if (project === undefined || !z.safeParse(projectId, project).success)
    throw new Error('--project: 3 to 64 letters, digits and hyphens are needed')
  const target = readTarget(values)
  if (name === 'list') return { name, project, target }
  if (name !== 'set' && name !== 'remove') throw new Error('set, list, remove or variables is needed')
  if (!agency) throw new Error('--agency: a name is needed')
  return { name, place: { project, provider: knownProvider(provider), agency }, target }
}

function knownProvider(provider: string | undefined): string {
  if (provider !== undefined && knownProviders.includes(provider)) return provider
  throw new Error(`--provider: one of ${knownProviders.join(', ')} is needed`)
}

async function readValues(): Promise<AgencyValues> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(await readInput()))
  } catch {
    // The parser's own message would quote what it read.
    throw new Error('standard input must be a JSON object whose values are texts')
  }
}

async function list(secrets: AgencySecrets, project: string): Promise<void> {
  const entries = await secrets.list(project)
  if (entries.length === 0) console.log(`The project ${project} has no stored agencies.`)
  for (const { provider, agency, names, updatedAt } of entries) {
    console.log(`${provider.padEnd(18)} ${agency.padEnd(24)} ${updatedAt} ${names.join(' ')}`)
  }
}

async function run(command: Command): Promise<void> {
  if (command.name === 'variables') {
    const { secret, plain } = providerVariables(command.provider)!
    console.log(`secret: ${secret.join(' ')}\nplain:  ${plain.join(' ')}`)
    return
  }
  const values = command.name === 'set' ? await readValues() : undefined
  await withSecretsOf(command.target, async ({ table, keys }) => {
    const secrets = openAgencySecrets(table, () => keys)
    if (command.name === 'list') return list(secrets, command.project)
    const { provider, agency } = command.place
    if (values) {
      await secrets.set(command.place, values, new Date())
      console.log(`The agency ${agency} of ${provider} is set: ${Object.keys(values).sort().join(' ')}`)
    } else {
      if (!(await secrets.remove(command.place))) throw new Error(`there is no agency ${agency} of ${provider}`)
      console.log(`The agency ${agency} of ${provider} is removed.`)
    }
  })
}

process.exitCode = await runCommand(help, () => readArguments(process.argv.slice(2)), run)
