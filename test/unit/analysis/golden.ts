/**
 * Templates written for the purpose, each a folder of its files, and the answers that they must get, `answer.json`: written
 * by hand from the language's specification.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { declaredVariables } from '../../../shared/analysis/declared-variables.ts'
import { toVariables } from '../../../shared/analysis/views.ts'
import { parseExactly } from '../../../shared/engine/attribute-values.ts'
import type { TemplateFile } from '../../../shared/engine/protocol.ts'

export const goldenFolder = join(import.meta.dirname, 'golden')

export interface ExpectedVariable {
  readonly name: string
  readonly default?: unknown
}

export interface Golden {
  readonly name: string
  readonly files: readonly TemplateFile[]
  readonly expected: { readonly variables?: readonly ExpectedVariable[] }
}

function readGolden(name: string): Golden {
  const folder = join(goldenFolder, name)
  const read = (path: string) => readFileSync(path, 'utf8')
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'answer.json')
    .map((entry) => join(entry.parentPath, entry.name))
  return {
    name,
    files: paths.map((path) => ({ path: relative(folder, path), content: read(path) })) as TemplateFile[],
    expected: parseExactly(read(join(folder, 'answer.json'))) as Golden['expected'],
  }
}

export const goldens: readonly Golden[] = readdirSync(goldenFolder).sort().map(readGolden)

/** The answer to a template, as its reader gets it. */
export async function answerTo(files: readonly TemplateFile[]): Promise<unknown> {
  const variables = toVariables(await declaredVariables(files))
  return parseExactly(JSON.stringify(variables.length > 0 ? { variables } : {}))
}
