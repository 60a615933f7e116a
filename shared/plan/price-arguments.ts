/** The arguments of resources that a plan adds, as far as the plan shows them. Pure. */
import { attributeText, isComposite, parseExactly } from '../engine/attribute-values.ts'
import { unknownText } from '../engine/plan-attributes.ts'
import type { PlanItem } from '../engine/protocol.ts'
import { masked } from '../engine/redaction.ts'

export type Argument =
  | { readonly is: 'known'; readonly text: string }
  /** `unknown`: only the deployment brings it. */
  | { readonly is: 'unknown' | 'sensitive' | 'missing' }

function argument(text: string): Argument {
  if (text === unknownText) return { is: 'unknown' }
  return text.includes(masked) ? { is: 'sensitive' } : { is: 'known', text }
}

/** A part of an attribute that is a list or an object. */
function partOf(text: string, path: readonly string[]): Argument {
  let value: unknown
  try {
    value = parseExactly(text)
  } catch {
    // A text on its own has no parts, unless it stands for a value that is not shown.
    const whole = argument(text)
    return whole.is === 'known' ? { is: 'missing' } : whole
  }
  for (const name of path) {
    if (value === unknownText || value === masked) return argument(value)
    value = isComposite(value) && Object.hasOwn(value, name) ? Object(value)[name] : undefined
  }
  return value === undefined || value === null ? { is: 'missing' } : argument(attributeText(value))
}

/** @param path the name of an argument, and of parts of it behind dots */
export function argumentOf({ attributes }: Pick<PlanItem, 'attributes'>, path: string): Argument {
  const [name, ...inner] = path.split('.')
  const text = attributes.find((attribute) => attribute.name === name)?.target
  if (text === undefined) return { is: 'missing' }
  return inner.length === 0 ? argument(text) : partOf(text, inner)
}
