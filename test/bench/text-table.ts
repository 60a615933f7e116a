/** Results as aligned text. */
import type { Spread } from './statistics.ts'

export interface TextTable {
  readonly title: string
  /** A column whose name ends in `<` is aligned to the left, all others to the right. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Printed below, a line each; one that begins with blanks goes on with the line before. */
  readonly notes: readonly string[]
  /** Columns for which only a terminal has room. */
  readonly terminalOnly?: readonly string[]
  /** The place in a document that the table is for, when it is not that of its section. */
  readonly place?: string
}

/** A column's name, without what says how it is aligned. */
export const nameOf = (column: string) => column.replace(/<$/, '')

export function formatTable({ title, columns, rows, notes }: TextTable): string {
  const names = columns.map(nameOf)
  const widths = names.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (columns[at]?.endsWith('<') ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd()
  const ruler = widths.map((width) => '-'.repeat(width)).join('  ')
  const text = [title, '', line(names), ruler, ...rows.map(line)]
  return [...text, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

/** `1.2`, `34` or `1,234`: as many digits as mean something. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) < 10 ? 1 : 0
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Dollars with two digits that mean something, and never as a power of ten: `0.0035`, `1.63`, `375`. */
export function formatDollars(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  if (value >= 1 || value === 0) return value.toFixed(value === 0 ? 0 : 2)
  return value.toFixed(Math.min(12, 1 - Math.floor(Math.log10(value))))
}

/** Lowest and highest sample. */
export function formatRange({ lowest, highest }: Spread): string {
  return `${formatNumber(lowest)}..${formatNumber(highest)}`
}

export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)} x`
}

/** Whether an aim is met; what is over it must be seen at a glance. */
export function formatAim(met: boolean): string {
  return met ? 'yes' : 'OVER'
}
