/** What the numbers were measured on. Without it they mean nothing. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { basename } from 'node:path'
import { promisify } from 'node:util'

export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryGibibytes: number
  readonly system: string
  readonly node: string
  readonly engine: string
  /** What stands for the cloud's table, and for its queue and bucket. */
  readonly services: string
}

/** @param engine absolute path of its binary */
export async function describeMachine(engine: string): Promise<Machine> {
  const { devDependencies: versions } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { devDependencies: Record<string, string> }
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    engine: `${basename(engine)} ${await versionOf(engine)}`,
    services: `dynalite ${versions.dynalite}, fauxqs ${versions.fauxqs}`,
  }
}

async function versionOf(engine: string): Promise<string> {
  const { stdout } = await promisify(execFile)(engine, ['version', '-json'], { env: { CHECKPOINT_DISABLE: '1' } })
  return (JSON.parse(stdout) as { terraform_version: string }).terraform_version
}

/** Processes that wanted a core, on average over the last minute: more than there are cores, and the numbers are others' too. */
export function loadOfLastMinute(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100
}
