/**
 * Expressions that need nothing but themselves, which is what defaults of variables have to be: the engine allows all of
 * the language in them but names and functions. Source: HCL native syntax, "Expressions".
 */
import type { Node } from 'web-tree-sitter'
import { iterated } from './constant-for.ts'
import { textValue } from './constant-text.ts'
import { numberOf, parseDecimal } from './decimal.ts'
import { expressionsOf, partsOf, textOf } from './hcl-file.ts'
import { asBool, asNumber, binary, binaryOperators, unary } from './operators.ts'
import { TemplateProblem } from './problem.ts'
import { partsOfValue, refuse, type Scope, spend, within } from './scope.ts'
import { unified } from './unify.ts'
import { isList, isObject, normalText, scalarText, type Value } from './value.ts'

/** @throws TemplateProblem at the part that is not constant, or cannot be */
export function constant(expression: Node, scope: Scope): Value {
  spend(scope, expression, 1)
  return term(partsOf(expression), within(scope, expression))
}

/** A term, and what is taken of its value: indexes, attributes, splats. */
function term(parts: readonly Node[], scope: Scope): Value {
  const [first, inner] = parts
  if (first?.type === '(' && inner) return accessed(constant(inner, scope), parts.slice(3), scope)
  return accessed(single(first!, scope), parts.slice(1), scope)
}

function single(node: Node, scope: Scope): Value {
  switch (node.type) {
    case 'expression':
      return constant(node, scope)
    case 'literal_value':
    case 'collection_value':
      return single(partsOf(node)[0]!, scope)
    case 'template_expr':
      return textValue(partsOf(node)[0]!, scope, constant)
    case 'string_lit':
      return textValue(node, scope, constant)
    case 'numeric_lit':
      return parseDecimal(textOf(scope.file, node)) ?? refuse(scope, node, 'this number has too many digits')
    case 'bool_lit':
      return node.text === 'true'
    case 'null_lit':
      return null
    case 'tuple':
      return expressionsOf(node).map((each) => constant(each, scope))
    case 'object':
      return objectValue(node, scope)
    case 'operation':
      return operation(partsOf(node)[0]!, scope)
    case 'conditional':
      return conditional(chainOf(node), scope)
    case 'for_expr':
      return iterated(partsOf(node)[0]!, scope, constant)
    case 'variable_expr':
      return named(node, scope)
    default:
      return refuse(scope, node, notConstant(node))
  }
}

function notConstant(node: Node): string {
  return node.type === 'function_call' ? 'functions may not be called here' : `this is not a constant: ${node.type}`
}

function named(node: Node, scope: Scope): Value {
  const value = scope.names.get(node.text)
  if (value === undefined) return refuse(scope, node, 'nothing may be referred to here: the value must be a constant')
  spend(scope, node, partsOfValue(value, scope.budget.left))
  return value
}

function objectValue(node: Node, scope: Scope): Value {
  const elements = node.namedChildren.filter((each): each is Node => each?.type === 'object_elem')
  return new Map(
    elements.map((element) => {
      const [key, value] = expressionsOf(element)
      return [keyText(key!, scope), constant(value!, scope)]
    }),
  )
}

/** A bare word is itself; everything else is evaluated. */
export function keyText(key: Node, scope: Scope): string {
  const parts = partsOf(key)
  const [word] = parts
  if (word?.type === 'variable_expr') {
    return parts.length === 1 ? normalText(word.text) : refuse(scope, key, 'a key with dots must be quoted')
  }
  if (parts.length === 1 && /^(?:true|false|null)$/.test(textOf(scope.file, key))) return textOf(scope.file, key)
  return scalarText(constant(key, scope)) ?? refuse(scope, key, 'a key must be a text')
}

function operation(node: Node, scope: Scope): Value {
  const parts = partsOf(node)
  const fail = (reason: string): never => refuse(scope, node, reason)
  if (node.type === 'unary_operation') return unary(parts[0]!.type, term(parts.slice(1), within(scope, node)), fail)
  const at = parts.findIndex(({ type }) => binaryOperators.has(type))
  const [left, right] = [parts.slice(0, at), parts.slice(at + 1)].map((side) => term(side, within(scope, node)))
  return binary(parts[at]!.type, left!, right!, fail)
}

/** Conditions and results in turn; the grammar groups `a ? b : c ? d : e` from the left, the language from the right. */
function chainOf(conditional: Node): Node[] {
  const backwards: Node[] = []
  for (let next = conditional; ; ) {
    const [condition, yes, no] = expressionsOf(next)
    backwards.push(no!, yes!)
    const [inner, ...more] = partsOf(condition!)
    if (inner?.type !== 'conditional' || more.length > 0) return [...backwards, condition!].reverse()
    next = inner
  }
}

/** Both results get the same type; a fault in the one that is not taken does not count. */
function conditional(chain: readonly Node[], scope: Scope): Value {
  const [condition, yes] = chain
  const no = chain.slice(2)
  const holds = asBool(constant(condition!, scope)) ?? refuse(scope, condition!, 'the condition must be a truth value')
  const result = (taken: boolean) => {
    if (taken) return constant(yes!, scope)
    return no.length === 1 ? constant(no[0]!, scope) : conditional(no, within(scope, condition!))
  }
  const value = result(holds)
  let other: Value
  try {
    other = result(!holds)
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error
    return value
  }
  const [same] = unified([value, other]) ?? refuse(scope, condition!, 'both results must have one type')
  return same!
}

function accessed(value: Value, accesses: readonly Node[], scope: Scope): Value {
  return accesses.reduce((from, access) => {
    if (access.type !== 'splat') return member(from, keyOf(access, scope), access, scope)
    const inner = partsOf(partsOf(access)[0]!).slice(1)
    const each = from === null ? [] : isList(from) ? from : [from]
    spend(scope, access, each.length)
    return each.map((one) => accessed(one, inner, scope))
  }, value)
}

/** Of `.name`, `[key]` and `.0`. */
function keyOf(access: Node, scope: Scope): Value {
  if (access.type === 'get_attr') return normalText(partsOf(access)[1]!.text)
  const [index] = partsOf(access)
  if (index!.type === 'legacy_index') return textOf(scope.file, index!).replace(/\D/g, '')
  return constant(partsOf(index!)[1]!, scope)
}

function member(value: Value, key: Value, access: Node, scope: Scope): Value {
  const position = asNumber(key)
  const found =
    isList(value) && position
      ? value[numberOf(position)]
      : isObject(value)
        ? value.get(scalarText(key) ?? '')
        : undefined
  return found === undefined ? refuse(scope, access, 'there is no such element') : found
}
