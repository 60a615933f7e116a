/**
 * Tables for a document, so that no measured number in it is ever typed. A place in the document is what stands between
 * `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`; only the places that were measured are written anew.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { nameOf, type TextTable } from './text-table.ts'

/** A table this long is folded away. */
const longRows = 16

const opening = (place: string) => `<!-- bench:${place} -->`
const closing = (place: string) => `<!-- /bench:${place} -->`

const escaped = (cell: string) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')

export function markdownTable({ title, columns, rows, notes, terminalOnly = [] }: TextTable): string {
  const shown = columns.map((_, at) => at).filter((at) => !terminalOnly.includes(nameOf(columns[at] ?? '')))
  const line = (cells: readonly (string | undefined)[]) =>
    `| ${shown.map((at) => escaped(cells[at] ?? '')).join(' | ')} |`
  const ruler = `|${shown.map((at) => (columns[at]?.endsWith('<') ? '---|' : '---:|')).join('')}`
  const table = [line(columns.map(nameOf)), ruler, ...rows.map(line)].join('\n')
  const below = paragraphs(notes).map((note) => `- ${escaped(note)}`)
  const body = [table, ...(below.length > 0 ? [below.join('\n')] : [])].join('\n\n')
  if (rows.length < longRows) return `**${title}**\n\n${body}`
  return `<details><summary><b>${escaped(title)}</b></summary>\n\n${body}\n\n</details>`
}

/** Notes without the line breaks and columns that a terminal needs. */
function paragraphs(notes: readonly string[]): string[] {
  const whole: string[] = []
  for (const note of notes) {
    const text = note.trim().replace(/\s+/g, ' ')
    if (note.startsWith(' ') && whole.length > 0) whole.push(`${whole.pop()} ${text}`)
    else whole.push(text)
  }
  return whole
}

/** The text with new content at a place, or as it is when it has no such place. */
export function withContent(text: string, place: string, content: string): string {
  const [from, to] = [text.indexOf(opening(place)), text.indexOf(closing(place))]
  if (from < 0 || to < from) return text
  return `${text.slice(0, from)}${opening(place)}\n${content}\n${text.slice(to)}`
}

export type Places = ReadonlyMap<string, string>

/**
 * Writes into the places that a document has; a file that is not there is made of all of them.
 * @throws Error when the document has none of the places
 */
export async function writePlaces(file: string, places: Places): Promise<void> {
  const whole = [...places].map(([place, content]) => `${opening(place)}\n${content}\n${closing(place)}\n`).join('\n')
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return whole
    throw error
  })
  if (![...places.keys()].some((place) => before.includes(opening(place)))) {
    throw new Error(`${file} has no place for what was measured, such as ${opening([...places.keys()][0] ?? '')}`)
  }
  const after = [...places].reduce((text, [place, content]) => withContent(text, place, content), before)
  await writeFile(file, after)
}
