/**
 * The engine as a person would run it: `init` and `apply` in a folder, with a home of its own, its output read to the end.
 * Nothing of the service is in it, and nothing of it may be slower than it must be: no checkpoint call, no colour to strip.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { timed } from './statistics.ts'

export interface BareEngine {
  /** Milliseconds from the start of `init` to the end of `apply`. */
  apply(template: string): Promise<number>
  destroy(): Promise<number>
  /** Milliseconds of `init` and `plan -out`. */
  plan(template: string): Promise<number>
  /** Milliseconds of `apply` of the plan made last. */
  applyPlan(): Promise<number>
  remove(): Promise<void>
}

/** Makes an empty folder under `parent` for one state. */
export async function openBareEngine(binary: string, parent: string): Promise<BareEngine> {
  const root = await mkdtemp(join(parent, 'bare-'))
  const [folder, home] = [join(root, 'template'), join(root, 'home')]
  await Promise.all([mkdir(folder), mkdir(home)])
  const environment = { HOME: home, PATH: '/usr/local/bin:/usr/bin:/bin', CHECKPOINT_DISABLE: '1' }
  const change = (...args: string[]) =>
    timed(async () => {
      await run(binary, ['init', '-input=false'], folder, environment)
      await run(binary, ['apply', ...args, '-auto-approve', '-json'], folder, environment)
    })
  return {
    apply: async (template) => {
      await writeFile(join(folder, 'main.tf'), template)
      return change()
    },
    destroy: () => change('-destroy'),
    plan: async (template) => {
      await writeFile(join(folder, 'main.tf'), template)
      return timed(async () => {
        await run(binary, ['init', '-input=false'], folder, environment)
        await run(binary, ['plan', '-out=saved', '-json'], folder, environment)
      })
    },
    applyPlan: () => timed(() => run(binary, ['apply', '-json', 'saved'], folder, environment)),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** @throws Error with the end of what it wrote, when it does not end well */
async function run(binary: string, args: string[], folder: string, environment: Record<string, string>) {
  const child = spawn(binary, args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let tail = ''
  const read = (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-2000)
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${binary} ${args.join(' ')} ended with ${code}: ${tail}`)
}
