/** `for`, as an expression and in texts. Source: HCL native syntax, "For Expressions". */
import type { Node } from 'web-tree-sitter'
import { decimalOf } from './decimal.ts'
import { expressionsOf, partsOf } from './hcl-file.ts'
import { asBool } from './operators.ts'
import { type Evaluate, refuse, type Scope, spend } from './scope.ts'
import { isList, isObject, scalarText, type Value } from './value.ts'

/** Keys of objects come in the order of their bytes. */
function entriesOf(value: Value): (readonly [Value, Value])[] | undefined {
  if (isList(value)) return value.map((each, at) => [decimalOf(at), each])
  if (!isObject(value)) return undefined
  return [...value].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/** One scope for each round of `for a, b in values`. @param intro the node that holds these words */
export function rounds(intro: Node, scope: Scope, evaluate: Evaluate): Scope[] {
  const names = partsOf(intro).flatMap(({ type, text }) => (type === 'identifier' ? [text] : []))
  const [values] = expressionsOf(intro)
  const entries = entriesOf(evaluate(values!, scope)) ?? refuse(scope, values!, 'a list or an object is needed here')
  spend(scope, intro, entries.length)
  return entries.map((entry) => {
    const given = names.length > 1 ? entry : entry.slice(1)
    return { ...scope, names: new Map([...scope.names, ...names.map((name, at) => [name, given[at]!] as const)]) }
  })
}

/** @param node `for_tuple_expr` or `for_object_expr` */
export function iterated(node: Node, scope: Scope, evaluate: Evaluate): Value {
  const parts = partsOf(node)
  const intro = parts.find(({ type }) => type === 'for_intro')!
  const condition = parts.find(({ type }) => type === 'for_cond')
  const [first, second] = expressionsOf(node)
  const taken = rounds(intro, scope, evaluate).filter(
    (round) =>
      !condition ||
      (asBool(evaluate(expressionsOf(condition)[0]!, round)) ??
        refuse(scope, condition, 'a truth value is needed here')),
  )
  if (!second) return taken.map((round) => evaluate(first!, round))
  const grouped = parts.some(({ type }) => type === 'ellipsis')
  const result = new Map<string, Value>()
  for (const round of taken) {
    const key = scalarText(evaluate(first!, round)) ?? refuse(scope, first!, 'a key must be a text')
    const value = evaluate(second, round)
    const before = result.get(key)
    if (grouped) result.set(key, [...((before ?? []) as Value[]), value])
    else if (before !== undefined) refuse(scope, first!, `two elements have the key ${JSON.stringify(key)}`)
    else result.set(key, value)
  }
  return result
}
