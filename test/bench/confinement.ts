/** What confining adds to the start of one command of the engine. A run has three to five of them. */
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Confinement } from '../../shared/engine/confinement.ts'
import { whyUnconfined } from '../../shared/engine/confinement-probe.ts'
import { runEngine } from '../../shared/engine/engine-process.ts'
import { alternately, spreadOf, timed } from './statistics.ts'
import { formatNumber, formatRange } from './text-table.ts'

const rounds = 40

async function startOne(folder: string, confinement: Confinement | undefined): Promise<void> {
  const command = { binary: '/bin/true', args: [], folder, environment: {} }
  const times = { interruptAtMs: Date.now() + 30_000, killAtMs: Date.now() + 31_000, now: Date.now }
  const { code } = await runEngine(command, { ...times, maxLineBytes: 1000, confinement }, () => undefined)
  if (code !== 0) throw new Error(`it ended with ${code}`)
}

async function measure(parent: string): Promise<void> {
  const folder = await mkdtemp(join(parent, 'run-'))
  const [open, confined]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round += 1) {
    await alternately(
      round,
      async () => void open.push(await timed(() => startOne(folder, undefined))),
      async () => void confined.push(await timed(() => startOne(folder, { hidden: [parent], shown: folder }))),
    )
  }
  for (const [name, spread] of Object.entries({ open: spreadOf(open), confined: spreadOf(confined) })) {
    console.log(`${name.padEnd(8)}  median ${formatNumber(spread.median)} ms, ${formatRange(spread)} ms`)
  }
}

const unconfined = await whyUnconfined()
if (unconfined !== undefined) console.log(`this machine cannot confine: ${unconfined}`)
else {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'rfs-bench-')))
  await measure(parent).finally(() => rm(parent, { recursive: true, force: true }))
}
