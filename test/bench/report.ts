/** What a run found, as the places of a document hold it. */
import type { Machine } from './machine.ts'
import { markdownTable, type Places } from './markdown.ts'
import type { TextTable } from './text-table.ts'

export interface Report {
  /** ISO time. */
  readonly startedAt: string
  readonly quick: boolean
  readonly machine: Machine
  readonly sections: readonly {
    readonly name: string
    readonly loadBefore: number
    readonly loadAfter: number
    readonly tables: readonly TextTable[]
  }[]
}

/** Each section may have been measured on another day and machine, so each says its own. */
export function placesOf({ startedAt, quick, machine, sections }: Report): Places {
  const { cores, processor, memoryGibibytes, node, engine, services } = machine
  const day = startedAt.slice(0, 10)
  const on = `${cores} cores (${processor}), ${memoryGibibytes} GB, Node ${node}, ${engine}, ${services}`
  const places = new Map<string, string>()
  for (const { name, loadBefore, loadAfter, tables } of sections) {
    const measured = `Measured ${quick ? 'in short (`--quick`) ' : ''}on ${day}: ${on}; load ${loadBefore} before, ${loadAfter} after.`
    for (const [place, several] of Map.groupBy(tables, (table) => table.place ?? name)) {
      places.set(place, [...several.map(markdownTable), `*${measured}*`].join('\n\n'))
    }
  }
  return places
}
