/**
 * Values as the engine converts them to the type of their variable. Left as it is written: the order of sets whose elements
 * are lists or objects; and values of `any` type in different collections, which the engine gives one type between them. Pure.
 */
import { compareDecimals, isDecimal } from './decimal.ts'
import { asBool, asNumber, type Refuse } from './operators.ts'
import type { Attribute, Type } from './type.ts'
import { isScalar, unified } from './unify.ts'
import { canonicalText, isList, isObject, kindOf, scalarText, type Value } from './value.ts'

/** The value with the defaults of optional attributes where these are missing or null. A null stays one. */
export function withDefaults(value: Value, type: Type): Value {
  if (isList(value)) {
    if (type.kind === 'tuple') {
      return value.map((each, at) => (type.elements[at] ? withDefaults(each, type.elements[at]) : each))
    }
    return type.kind === 'list' || type.kind === 'set' ? value.map((each) => withDefaults(each, type.element)) : value
  }
  if (!isObject(value)) return value
  if (type.kind === 'map') return new Map([...value].map(([key, each]) => [key, withDefaults(each, type.element)]))
  return type.kind === 'object' ? attributesWithDefaults(value, type.attributes) : value
}

function attributesWithDefaults(value: ReadonlyMap<string, Value>, attributes: ReadonlyMap<string, Attribute>): Value {
  const filled = new Map(value)
  for (const [name, attribute] of attributes) {
    const given = value.get(name) ?? attribute.default?.value
    if (given !== undefined) filled.set(name, withDefaults(given, attribute.type))
  }
  return filled
}

const words = {
  null: 'null',
  bool: 'a truth value',
  string: 'this text',
  number: 'a number',
  list: 'a list',
  object: 'an object',
} as const

/** @param refuse is told what does not fit */
export function convert(value: Value, type: Type, refuse: Refuse): Value {
  const wrong = (wanted: string): never => refuse(`${wanted} is needed, not ${words[kindOf(value)]}`)
  if (value === null) return null
  switch (type.kind) {
    case 'any':
      return value
    case 'string':
      return scalarText(value) ?? wrong('a text')
    case 'number':
      return asNumber(value) ?? wrong('a number')
    case 'bool':
      return asBool(value) ?? wrong('true or false')
    case 'list':
      return isList(value) ? elementsOf(value, type.element, refuse) : wrong('a list')
    case 'set':
      return isList(value) ? asSet(elementsOf(value, type.element, refuse)) : wrong('a list')
    case 'tuple':
      return isList(value) ? toTuple(value, type.elements, refuse) : wrong('a list')
    case 'map':
      return isObject(value) ? toMap(value, type.element, refuse) : wrong('an object')
    case 'object':
      return isObject(value) ? toObject(value, type.attributes, refuse) : wrong('an object')
  }
}

/** Elements converted to the type of a collection; to one type of their own, where it says `any`. */
function elementsOf(values: readonly Value[], type: Type, refuse: Refuse): readonly Value[] {
  const converted = values.map((each) => convert(each, type, refuse))
  if (type.kind !== 'any') return converted
  return unified(converted) ?? refuse('all elements must have one type')
}

/** Each element once, scalars in the engine's order. */
function asSet(values: readonly Value[]): Value {
  const once = [...new Map(values.map((each) => [canonicalText(each), each])).values()]
  return values.every(isScalar) ? once.sort(scalarOrder) : once
}

function scalarOrder(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (isDecimal(a) && isDecimal(b)) return compareDecimals(a, b)
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}

function toTuple(values: readonly Value[], types: readonly Type[], refuse: Refuse): Value {
  if (values.length !== types.length) return refuse(`${types.length} elements are needed, not ${values.length}`)
  return values.map((each, at) => convert(each, types[at]!, refuse))
}

function toMap(value: ReadonlyMap<string, Value>, type: Type, refuse: Refuse): Value {
  const elements = elementsOf([...value.values()], type, refuse)
  return new Map([...value.keys()].map((key, at) => [key, elements[at]!]))
}

function toObject(
  value: ReadonlyMap<string, Value>,
  attributes: ReadonlyMap<string, Attribute>,
  refuse: Refuse,
): Value {
  return new Map(
    [...attributes].map(([name, { type, isOptional }]) => {
      const given = value.get(name)
      if (given === undefined && !isOptional) refuse(`the attribute ${JSON.stringify(name)} is missing`)
      return [name, convert(given ?? null, type, refuse)]
    }),
  )
}
