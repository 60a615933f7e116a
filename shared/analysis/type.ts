/** Type constraints of variables. Source: the engine's "Type Constraints". */
import type { Node } from 'web-tree-sitter'
import { constant, keyText } from './constant.ts'
import { convert, withDefaults } from './conversion.ts'
import { expressionsOf, partsOf, textOf } from './hcl-file.ts'
import { refuse, type Scope, within } from './scope.ts'
import type { Value } from './value.ts'

export type Type =
  | { readonly kind: 'any' | 'string' | 'number' | 'bool' }
  /** `bare`: written as a word alone, which stands for elements of any one type. */
  | { readonly kind: 'list' | 'set' | 'map'; readonly element: Type; readonly bare?: true }
  | { readonly kind: 'tuple'; readonly elements: readonly Type[] }
  | { readonly kind: 'object'; readonly attributes: ReadonlyMap<string, Attribute> }

export interface Attribute {
  readonly type: Type
  readonly isOptional: boolean
  /** As the engine has it, and as it is written. */
  readonly default?: { readonly value: Value; readonly written: Value }
}

const any: Type = { kind: 'any' }
const form = 'a type is string, number, bool, any, list(TYPE), set(TYPE), map(TYPE), object({...}) or tuple([...])'

/** What quotes stood for in early versions of the language; the engines of today refuse them, and say so. */
const quotedTypes: Readonly<Record<string, Type>> = {
  '"string"': { kind: 'string' },
  '"list"': { kind: 'list', element: any, bare: true },
  '"map"': { kind: 'map', element: any, bare: true },
}

/** @throws TemplateProblem when the expression is no type */
export function readType(expression: Node, scope: Scope): Type {
  const quoted = textOf(scope.file, expression)
  return Object.hasOwn(quotedTypes, quoted) ? quotedTypes[quoted]! : typeOf(expression, scope)
}

function typeOf(expression: Node, scope: Scope): Type {
  const parts = partsOf(expression)
  const [only] = parts
  if (parts.length !== 1 || !only) return refuse(scope, expression, form)
  if (only.type === 'function_call') return constructed(only, within(scope, expression))
  return only.type === 'variable_expr' ? word(only, scope) : refuse(scope, expression, form)
}

function word(node: Node, scope: Scope): Type {
  switch (node.text) {
    case 'any':
    case 'string':
    case 'number':
    case 'bool':
      return { kind: node.text }
    case 'list':
    case 'map':
      return { kind: node.text, element: any, bare: true }
    default:
      return refuse(scope, node, `${JSON.stringify(node.text)} is no type; ${form}`)
  }
}

/** The arguments of a call; none is left out, `...` included. */
function argumentsOf(call: Node, scope: Scope): Node[] {
  const list = partsOf(call).find(({ type }) => type === 'function_arguments')
  const expanded = list && partsOf(list).find(({ type }) => type === 'ellipsis')
  if (expanded) refuse(scope, expanded, form)
  return list ? expressionsOf(list) : []
}

function constructed(call: Node, scope: Scope): Type {
  const name = partsOf(call)[0]!.text
  const given = argumentsOf(call, scope)
  const [first] = given
  if (name === 'optional') return refuse(scope, call, 'optional(...) is for attributes of object({...}) only')
  if (!first || given.length > 1) return refuse(scope, call, form)
  switch (name) {
    case 'list':
    case 'set':
    case 'map':
      return { kind: name, element: typeOf(first, scope) }
    case 'tuple':
      return {
        kind: name,
        elements: expressionsOf(collection(first, 'tuple', scope)).map((each) => typeOf(each, scope)),
      }
    case 'object':
      return { kind: name, attributes: attributesOf(collection(first, 'object', scope), scope) }
    default:
      return refuse(scope, call, `${JSON.stringify(name)} is no type; ${form}`)
  }
}

function collection(expression: Node, type: 'tuple' | 'object', scope: Scope): Node {
  const parts = partsOf(expression)
  const inner = parts[0]?.type === 'collection_value' && parts.length === 1 ? partsOf(parts[0])[0] : undefined
  return inner?.type === type ? inner : refuse(scope, expression, form)
}

function attributesOf(object: Node, scope: Scope): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>()
  for (const element of partsOf(object).filter(({ type }) => type === 'object_elem')) {
    const [key, value] = expressionsOf(element)
    const [name] = partsOf(key!)
    if (name?.type !== 'variable_expr') return refuse(scope, key!, 'an attribute is a name without quotes')
    const text = keyText(key!, scope)
    if (attributes.has(text)) refuse(scope, key!, `the attribute ${JSON.stringify(text)} is there twice`)
    attributes.set(text, attributeOf(value!, within(scope, element)))
  }
  return attributes
}

function attributeOf(expression: Node, scope: Scope): Attribute {
  const parts = partsOf(expression)
  const [call] = parts
  const isOptional = parts.length === 1 && call?.type === 'function_call' && partsOf(call)[0]?.text === 'optional'
  if (!isOptional || !call) return { type: typeOf(expression, scope), isOptional: false }
  const [inner, initial, ...rest] = argumentsOf(call, scope)
  if (!inner || rest.length > 0) return refuse(scope, call, 'optional needs a type, and may have a default')
  const type = typeOf(inner, scope)
  if (!initial) return { type, isOptional: true }
  const written = constant(initial, scope)
  const fail = (reason: string): never => refuse(scope, initial, `this default does not fit its type: ${reason}`)
  const value = convert(withDefaults(written, type), type, fail)
  return { type, isOptional: true, default: { value, written } }
}
