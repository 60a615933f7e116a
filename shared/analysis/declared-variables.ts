/** The variables of a template's root module: those of all its files, and what its override files change in them. */
import type { TemplateFile } from '../engine/protocol.ts'
import { type Declaration, settled } from './declaration.ts'
import { variablesInHcl } from './hcl-variables.ts'
import { variablesInJson } from './json-variables.ts'
import { TemplateProblem } from './problem.ts'
import { type Budget, newBudget } from './scope.ts'

/** What the engine reads of a root module: no folders, no hidden files, no copies that editors leave. */
function isRead(path: string): boolean {
  return /^[^./][^/]*\.tf(?:\.json)?$/.test(path)
}

const isOverride = (path: string) => /^(?:.*_)?override\.tf(?:\.json)?$/.test(path)

function variablesIn(file: TemplateFile, budget: Budget): Promise<Declaration[]> {
  return file.path.endsWith('.json') ? variablesInJson(file, budget) : variablesInHcl(file, budget)
}

/** Overrides replace whole arguments. Source: the engine's "Override Files". */
function overridden(base: Declaration, override: Declaration): Declaration {
  if (override.validations.length > 0) {
    throw new TemplateProblem('content', override.place, 'an override file cannot change validations')
  }
  return { ...base, ...override, place: base.place, validations: base.validations }
}

/**
 * In the order of files and within them.
 * @throws TemplateProblem for what the engine refuses in these files, syntax included
 */
export async function declaredVariables(files: readonly TemplateFile[]): Promise<Declaration[]> {
  const budget = newBudget()
  const declared = new Map<string, Declaration>()
  const read = files.filter(({ path }) => isRead(path)).sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const file of read.filter(({ path }) => !isOverride(path))) {
    for (const variable of await variablesIn(file, budget)) {
      const first = declared.get(variable.name)
      if (first) {
        const text = `variable "${variable.name}" is declared in ${first.place.file}, line ${first.place.line}, already`
        throw new TemplateProblem('content', variable.place, text)
      }
      declared.set(variable.name, settled(variable, variable.type))
    }
  }
  const optional = new Map([...declared].map(([name, { type }]) => [name, type]))
  for (const file of read.filter(({ path }) => isOverride(path))) {
    for (const change of await variablesIn(file, budget)) {
      const base = declared.get(change.name)
      if (!base) throw new TemplateProblem('content', change.place, `there is no variable "${change.name}" to override`)
      declared.set(change.name, overridden(base, settled(change, change.type)))
    }
  }
  return [...declared.values()].map((variable) => settled(variable, optional.get(variable.name)))
}
