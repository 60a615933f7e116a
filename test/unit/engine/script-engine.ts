import { randomInt } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Confinement } from '../../../shared/engine/confinement.ts'
import { type EngineExit, type EngineLimits, runEngine } from '../../../shared/engine/engine-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface ScriptRun {
  readonly exit: EngineExit
  readonly lines: { readonly text: string; readonly cut: boolean; readonly interrupted: boolean }[]
  readonly texts: string[]
  readonly folder: string
}

/** A folder for one run, with nothing beside it, and what makes all but this folder invisible. */
export async function runFolder(): Promise<{ parent: string; folder: string; confinement: Confinement }> {
  const parent = await temporaryFolder()
  const folder = join(parent, 'run')
  await mkdir(folder)
  return { parent, folder, confinement: { hidden: [parent], shown: folder } }
}

/** Runs a program, or a shell script, in the engine's place. */
export async function runInPlace(
  engine: string | readonly [binary: string, ...args: string[]],
  folder: string,
  limits: Partial<EngineLimits> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<ScriptRun> {
  const [binary, ...args] = typeof engine === 'string' ? ['/bin/sh', '-c', engine] : engine
  const lines: ScriptRun['lines'] = []
  const exit = await runEngine(
    { binary: binary!, args, folder, environment: { PATH: '/usr/bin:/bin', ...environment } },
    { ...soon(20_000, 5_000), maxLineBytes: 1000, now: Date.now, ...limits },
    (line, interrupted) => void lines.push({ ...line, interrupted }),
  )
  return { exit, lines, texts: lines.map(({ text }) => text), folder }
}

export const soon = (interruptMs: number, graceMs: number) => ({
  interruptAtMs: Date.now() + interruptMs,
  killAtMs: Date.now() + interruptMs + graceMs,
})

/** Arguments of a `sleep` of about a minute that no other process of this machine has. */
export const longNap = () => `60.${randomInt(10 ** 9)}`

/** Process ids, as this process sees them, of the programs that were started with `word`. */
export async function processesWith(word: string): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const commands = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return ids.filter((_, at) => commands[at]!.split('\0').includes(word)).map(Number)
}

/** Whether the programs started with `word` end within a second. */
export async function endSoon(word: string): Promise<boolean> {
  for (let count = 0; count < 40; count += 1) {
    if ((await processesWith(word)).length === 0) return true
    await wait(25)
  }
  return false
}
