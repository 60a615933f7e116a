/** Tables as text and in documents. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { markdownTable, withContent, writePlaces } from '../../bench/markdown.ts'
import { placesOf } from '../../bench/report.ts'
import { sections } from '../../bench/sections.ts'
import { formatDollars, formatNumber, formatTable } from '../../bench/text-table.ts'

const table = {
  title: 'Times',
  columns: ['what<', 'ms', 'range', 'calls<'],
  rows: [
    ['get | put', '1.2', '1..2', 'GetItem'],
    ['list', '1,234', '3..4', 'Query'],
  ],
  notes: ['ms:   a median,', '      of 7.', 'range: <lowest, highest>.'],
}

test('a table of text is aligned, words to the left and numbers to the right', () => {
  expect(formatTable(table).split('\n')).toEqual([
    'Times',
    '',
    'what          ms  range  calls',
    '---------  -----  -----  -------',
    'get | put    1.2   1..2  GetItem',
    'list       1,234   3..4  Query',
    '',
    ...table.notes,
  ])
})

describe('a table in a document', () => {
  test('is Markdown, without the columns that only a terminal has room for', () => {
    expect(markdownTable({ ...table, terminalOnly: ['calls'] }).split('\n')).toEqual([
      '**Times**',
      '',
      '| what | ms | range |',
      '|---|---:|---:|',
      '| get \\| put | 1.2 | 1..2 |',
      '| list | 1,234 | 3..4 |',
      '',
      '- ms: a median, of 7.',
      '- range: &lt;lowest, highest>.',
    ])
  })

  test('is folded away when it is long', () => {
    const long = markdownTable({ ...table, rows: Array.from({ length: 30 }, () => table.rows[0]!) })
    expect(long).toMatch(/^<details><summary><b>Times<\/b><\/summary>\n\n\| what/)
    expect(long.endsWith('</details>')).toBe(true)
  })
})

describe('a document', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rfs-tables-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const document = 'Before.\n<!-- bench:deploy -->\nold\n<!-- /bench:deploy -->\nAfter.\n'

  test('gets new content in its places, and keeps the rest', async () => {
    const file = join(folder, 'README.md')
    await writeFile(file, document)
    await writePlaces(
      file,
      new Map([
        ['deploy', 'new'],
        ['cold', 'nowhere'],
      ]),
    )
    expect(await readFile(file, 'utf8')).toBe(document.replace('old', 'new'))
    expect(withContent(document, 'cold', 'x')).toBe(document)
  })

  test('is made when it is not there, and refused when it has no place for anything', async () => {
    const made = join(folder, 'made.md')
    await writePlaces(made, new Map([['deploy', 'new']]))
    expect(await readFile(made, 'utf8')).toBe('<!-- bench:deploy -->\nnew\n<!-- /bench:deploy -->\n')
    const other = join(folder, 'other.md')
    await writeFile(other, 'No places.\n')
    await expect(writePlaces(other, new Map([['deploy', 'new']]))).rejects.toThrow('bench:deploy')
  })

  test('says of each section when, where and under what load it was measured', () => {
    const machine = {
      cores: 2,
      processor: 'a processor',
      memoryGibibytes: 8,
      system: 'Linux',
      node: 'v24.0.0',
      engine: 'tofu 1.9.0',
      services: 'dynalite 4, fauxqs 2',
    }
    const section = { name: 'calls', loadBefore: 0.1, loadAfter: 1.5 }
    const report = { startedAt: '2026-03-01T12:00:00.000Z', quick: false, machine }
    const places = placesOf({ ...report, sections: [{ ...section, tables: [table, { ...table, place: 'costs' }] }] })
    expect([...places.keys()]).toEqual(['calls', 'costs'])
    expect(places.get('costs')).toContain(
      'Measured on 2026-03-01: 2 cores (a processor), 8 GB, Node v24.0.0, tofu 1.9.0, dynalite 4, fauxqs 2; load 0.1 before, 1.5 after.',
    )
    const short = placesOf({ ...report, quick: true, sections: [{ ...section, tables: [table] }] })
    expect(short.get('calls')).toContain('Measured in short')
  })

  test('of this project has a place for every section', async () => {
    const readme = await readFile(join(import.meta.dirname, '../../../README.md'), 'utf8')
    const names = [...sections.map(({ name }) => name), 'costs-at-rest', 'costs-deployments', 'costs-polls']
    const without = names.filter((name) => withContent(readme, name, 'anew') === readme)
    expect(without).toEqual([])
  })
})

test('numbers have as many digits as mean something', () => {
  expect([0.04, 9.96, 12.3, 1234.5].map(formatNumber)).toEqual(['0.0', '10.0', '12', '1,235'])
  expect([0, 0.0000035, 0.00048, 0.0123, 0.65, 1.634, 375.4, 12_345].map(formatDollars)).toEqual([
    '0',
    '0.0000035',
    '0.00048',
    '0.012',
    '0.65',
    '1.63',
    '375',
    '12,345',
  ])
})
