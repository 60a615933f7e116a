/** Type constraints as text, on one line, as their author would write them. Pure. */
import { decimalText, isDecimal } from './decimal.ts'
import type { Attribute, Type } from './type.ts'
import { isList, type Value } from './value.ts'

export function typeText(type: Type): string {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      return type.bare ? type.kind : `${type.kind}(${typeText(type.element)})`
    case 'tuple':
      return `tuple([${type.elements.map(typeText).join(', ')}])`
    case 'object':
      return `object(${braces([...type.attributes].map(([name, attribute]) => `${name} = ${attributeText(attribute)}`))})`
    default:
      return type.kind
  }
}

function attributeText({ type, isOptional, default: initial }: Attribute): string {
  if (!isOptional) return typeText(type)
  return `optional(${typeText(type)}${initial === undefined ? '' : `, ${valueText(initial.written)}`})`
}

const braces = (parts: readonly string[]) => (parts.length > 0 ? `{ ${parts.join(', ')} }` : '{}')

function valueText(value: Value): string {
  if (typeof value === 'string') return quoted(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (isDecimal(value)) return decimalText(value) ?? `${value.coefficient}e${value.exponent}`
  if (isList(value)) return `[${value.map(valueText).join(', ')}]`
  return braces([...(value as ReadonlyMap<string, Value>)].map(([key, each]) => `${keyText(key)} = ${valueText(each)}`))
}

const keyText = (key: string) => (/^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(key) ? key : quoted(key))

/** JSON's escapes are the language's, but for two that it does not have. */
function quoted(text: string): string {
  return JSON.stringify(text)
    .replaceAll(/\\([bf])/g, (_, letter) => (letter === 'b' ? '\\u0008' : '\\u000c'))
    .replaceAll(/[$%]\{/g, (sign) => sign[0] + sign)
}
