/** The options by which an operator's command names the service that it is for. */
import type { Target } from './access-target.ts'

export const targetOptions = {
  data: { type: 'string', default: '.rfs' },
  stage: { type: 'string' },
  table: { type: 'string' },
  key: { type: 'string' },
  region: { type: 'string' },
} as const

export const targetHelp = `Targets:
  --data DIR       the service that runs on this machine with this data folder (default: .rfs)
  --stage NAME     the service that is deployed on AWS as the stack rfs-NAME ('' for the stack rfs)
  --table NAME --key ARN
                   the same by its table and its KMS key
  --region NAME    region of AWS (default: that of the environment or profile)
`

type Values = { data: string } & Partial<Record<'stage' | 'table' | 'key' | 'region', string>>

/** @throws Error with a sentence for the operator */
export function readTarget({ data, stage, table, key, region }: Values): Target {
  if ((table === undefined) !== (key === undefined)) throw new Error('--table and --key belong together')
  if (stage !== undefined && table !== undefined) throw new Error('--stage or --table is needed, not both')
  if (stage !== undefined) return { kind: 'stage', stage, region }
  return table !== undefined && key !== undefined
    ? { kind: 'table', table, keyArn: key, region }
    : { kind: 'local', data }
}

/** All of standard input. */
export async function readInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** Runs a command: 0 when it is done, 1 when it cannot be done, 2 for arguments that it does not understand. */
export async function runCommand<Given>(
  help: string,
  read: () => Given | 'help',
  run: (given: Given) => Promise<void>,
): Promise<number> {
  let given: Given | 'help'
  try {
    given = read()
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`)
    return 2
  }
  if (given === 'help') {
    console.log(help)
    return 0
  }
  try {
    await run(given)
    return 0
  } catch (error) {
    console.error((error as Error).message)
    return 1
  }
}
