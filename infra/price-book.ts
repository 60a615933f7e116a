/** `npm run price-book`: sets what the estimates of execution plans reckon with. */
import { parseArgs } from 'node:util'
import { openPriceBookStore, readPriceBook } from '../shared/plan/price-book.ts'
import { type Target, withSecretsOf } from './access-target.ts'
import { readInput, readTarget, runCommand, targetHelp, targetOptions } from './target-options.ts'

const help = `Sets the prices that estimates of execution plans reckon with; without a price book there are no estimates.

Usage: npm run price-book -- set [target] < book.json
       npm run price-book -- check < book.json
       npm run price-book -- remove [target]

examples/price-book.json shows the form of a price book, with prices that are nobody's.

${targetHelp}`

const options = { help: { type: 'boolean', short: 'h', default: false }, ...targetOptions } as const

type Command = { name: 'set' | 'remove'; target: Target } | { name: 'check' }

/** @throws Error with a sentence for the operator */
function readArguments(args: string[]): Command | 'help' {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  if (values.help) return 'help'
  const [name, ...rest] = positionals
  if (rest.length > 0) throw new Error(`${rest.join(' ')}: not understood`)
  if (name === 'check') return { name }
  if (name !== 'set' && name !== 'remove') throw new Error('set, check or remove is needed')
  return { name, target: readTarget(values) }
}

async function run(command: Command): Promise<void> {
  const text = command.name === 'remove' ? undefined : await readInput()
  const types = text === undefined ? 0 : readPriceBook(text).resources.length
  if (command.name === 'check') {
    console.log(`The price book can be used; it knows ${types} types of resources.`)
    return
  }
  await withSecretsOf(command.target, async ({ table }) => {
    const store = openPriceBookStore(table)
    if (text === undefined) await store.remove()
    else await store.set(text)
  })
  console.log(text === undefined ? 'There is no price book any more.' : `The price book is set: ${types} types.`)
}

process.exitCode = await runCommand(help, () => readArguments(process.argv.slice(2)), run)
