/** What each part of the benchmark is: something to measure, and the tables that show it. */
import type { TextTable } from './text-table.ts'

/** `full` is the measurement, `quick` a look, and `tiny` shows only that everything runs. */
export type Size = 'full' | 'quick' | 'tiny'

export interface Setting {
  readonly size: Size
  /** For whatever is written; removed in the end. */
  readonly folder: string
  /** Absolute path of the engine's binary. */
  readonly engine: string
  /** Folder of the synthesized service. */
  readonly assembly: string
  progress(text: string): void
}

export interface Findings {
  /** Every number with its samples, for `--json`. */
  readonly rows: unknown
  readonly tables: readonly TextTable[]
}

export interface Section {
  readonly name: string
  /** What is measured, in a line or two. */
  readonly help: string
  measure(setting: Setting): Promise<Findings>
}
