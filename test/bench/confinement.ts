/** What confining adds to the start of one command of the engine. A run has three to five of them. */
import { mkdtemp, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Confinement } from '../../shared/engine/confinement.ts'
import { whyUnconfined } from '../../shared/engine/confinement-probe.ts'
import { runEngine } from '../../shared/engine/engine-process.ts'
import type { Section, Setting } from './section.ts'
import { alternately, type Spread, spreadOf, timed } from './statistics.ts'
import { formatNumber, formatRange, type TextTable } from './text-table.ts'

const roundsOf = { full: 40, quick: 10, tiny: 1 } as const

export interface ConfinementRow {
  readonly name: string
  readonly ms: Spread
}

async function startOne(folder: string, confinement: Confinement | undefined): Promise<void> {
  const command = { binary: '/bin/true', args: [], folder, environment: {} }
  const times = { interruptAtMs: Date.now() + 30_000, killAtMs: Date.now() + 31_000, now: Date.now }
  const { code } = await runEngine(command, { ...times, maxLineBytes: 1000, confinement }, () => undefined)
  if (code !== 0) throw new Error(`it ended with ${code}`)
}

async function measureConfinement({ size, folder }: Setting): Promise<ConfinementRow[]> {
  const parent = await realpath(await mkdtemp(join(folder, 'confined-')))
  const shown = await mkdtemp(join(parent, 'run-'))
  const [open, confined]: [number[], number[]] = [[], []]
  for (let round = 0; round < roundsOf[size]; round += 1) {
    await alternately(
      round,
      async () => void open.push(await timed(() => startOne(shown, undefined))),
      async () => void confined.push(await timed(() => startOne(shown, { hidden: [parent], shown }))),
    )
  }
  return [
    { name: 'open', ms: spreadOf(open) },
    { name: 'confined', ms: spreadOf(confined) },
  ]
}

function confinementTable(rows: readonly ConfinementRow[], unconfined: string | undefined): TextTable {
  return {
    title: 'Confinement: start and end of one command of the engine that does nothing',
    columns: ['command<', 'ms', 'range'],
    rows: rows.map(({ name, ms }) => [name, formatNumber(ms.median), formatRange(ms)]),
    notes: [
      unconfined === undefined ? 'A run has three to five commands.' : `This machine cannot confine: ${unconfined}.`,
    ],
  }
}

export const confinement: Section = {
  name: 'confinement',
  help: "what confining adds to each of the engine's commands on one machine",
  measure: async (setting) => {
    const unconfined = await whyUnconfined()
    const rows = unconfined === undefined ? await measureConfinement(setting) : []
    return { rows, tables: [confinementTable(rows, unconfined)] }
  },
}
