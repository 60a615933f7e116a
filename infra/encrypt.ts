/** `npm run encrypt`: the value on standard input as an encrypted entry of `vars_structure`. */
import { parseArgs } from 'node:util'
import * as z from 'zod/mini'
import { projectId, variable } from '../shared/contract/fields.ts'
import { encryptVariable } from '../shared/template/encrypted-variables.ts'
import { type Target, withSecretsOf } from './access-target.ts'
import { readInput, readTarget, runCommand, targetHelp, targetOptions } from './target-options.ts'

const help = `Encrypts the value of a variable for one project and prints its entry for vars_structure.

Usage: npm run encrypt -- --project P --name VAR [--key-id UUID] [target] < value

  --project P      project whose stacks may use the entry
  --name VAR       variable that the value is for
  --key-id UUID    KMS key to use in the place of the service's own; it must bear the tag rfs-variables=allowed

The value is all of standard input without the line break at its end.

${targetHelp}`

/** The id of a key where there is only the machine's. */
const localKeyId = '00000000-0000-4000-8000-000000000000'

const options = {
  project: { type: 'string' },
  name: { type: 'string' },
  'key-id': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
  ...targetOptions,
} as const

type Command = { project: string; name: string; keyId: string | undefined; target: Target }

/** @throws Error with a sentence for the operator */
function readArguments(args: string[]): Command | 'help' {
  const { values } = parseArgs({ args, options })
  if (values.help) return 'help'
  const { project, name, 'key-id': keyId } = values
  if (project === undefined || !z.safeParse(projectId, project).success)
    throw new Error('--project: 3 to 64 letters, digits and hyphens are needed')
  const entry = { var_key: name, var_value: '', encryption: { kms: { id: keyId ?? localKeyId, cipher_text: 'ab' } } }
  const wrong = z.safeParse(variable, entry).error?.issues[0]
  if (name === undefined || wrong?.path[0] === 'var_key')
    throw new Error('--name: 1 to 32 letters, digits, _ and - are needed, first a letter')
  if (wrong) throw new Error('--key-id: a UUID in small letters is needed')
  return { project, name, keyId, target: readTarget(values) }
}

async function run({ project, name, keyId: given, target }: Command): Promise<void> {
  const value = (await readInput()).replace(/\r?\n$/, '')
  if (value === '') throw new Error('there is no value on standard input')
  await withSecretsOf(target, async ({ keysById, keyId }) => {
    const place = { project, name, keyId: given ?? keyId ?? localKeyId }
    console.log(JSON.stringify(await encryptVariable(keysById, place, value), null, 2))
  })
}

process.exitCode = await runCommand(help, () => readArguments(process.argv.slice(2)), run)
