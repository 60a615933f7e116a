import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LogLine, parseLogLine } from '../../../shared/engine/log-lines.ts'

const folder = join(import.meta.dirname, 'golden')

/** What the engine wrote in a recorded run, for example `lifecycle-create` (see golden/record.ts). */
export function goldenText(name: string): string[] {
  return readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
}

export function goldenLines(name: string): LogLine[] {
  return goldenText(name).map(parseLogLine)
}

/** `show -json` after a recorded run. */
export function goldenState(name: string): string {
  return readFileSync(join(folder, `${name}.show.jsonl`), 'utf8')
}

/** `show -json` of a recorded plan. */
export function goldenPlan(name: string): string {
  return readFileSync(join(folder, `${name}.plan.jsonl`), 'utf8')
}
