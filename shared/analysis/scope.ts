/** What an expression is evaluated in, and how much of that there may be. */
import type { Node } from 'web-tree-sitter'
import { type HclFile, problemAt } from './hcl-file.ts'
import { isList, isObject, type Value } from './value.ts'

/** Counted down over all files of a template: short texts can describe long calculations. */
export interface Budget {
  left: number
}

/** Parts of values and hundreds of characters that the variables of a template may consist of. */
const mostParts = 200_000

export const newBudget = (): Budget => ({ left: mostParts })

/** Deeper than any template is; a reader that calls itself must end somewhere. */
const mostDepth = 200

export interface Scope {
  readonly file: HclFile
  readonly budget: Budget
  readonly depth: number
  /** Names that `for` gives to what it goes through. */
  readonly names: ReadonlyMap<string, Value>
}

/** The value of an expression node. */
export type Evaluate = (expression: Node, scope: Scope) => Value

export const newScope = (file: HclFile, budget: Budget): Scope => ({ file, budget, depth: 0, names: new Map() })

/** Ends the analysis with what is wrong at a node. */
export function refuse({ file }: Scope, node: Node, text: string): never {
  throw problemAt(file, node, text)
}

export function spend(scope: Scope, node: Node, parts: number): void {
  scope.budget.left -= parts
  if (scope.budget.left < 0) refuse(scope, node, 'the values of the variables are too large to be read')
}

/** The scope of what stands inside of an expression. */
export function within(scope: Scope, node: Node): Scope {
  if (scope.depth >= mostDepth) refuse(scope, node, `more than ${mostDepth} levels are nested in each other`)
  return { ...scope, depth: scope.depth + 1 }
}

/** Parts of a value, as far as there is interest in them. */
export function partsOfValue(value: Value, most: number): number {
  if (typeof value === 'string') return 1 + value.length / 100
  const inner = isList(value) ? value : isObject(value) ? value.values() : []
  let parts = 1
  for (const each of inner) {
    parts += partsOfValue(each, most - parts)
    if (parts > most) return parts
  }
  return parts
}
