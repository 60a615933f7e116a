/** What the operators of the language do with values. Source: HCL native syntax, "Operations". Pure. */
import { calculate, compareDecimals, type Decimal, isDecimal, negated, parseDecimal } from './decimal.ts'
import { canonicalText, type Value } from './value.ts'

/** Ends the analysis with a sentence about what does not fit. */
export type Refuse = (reason: string) => never

/** As the engine converts: strings that are numbers in the language's form. */
export function asNumber(value: Value): Decimal | undefined {
  if (typeof value === 'string') return parseDecimal(value)
  return isDecimal(value) ? value : undefined
}

/** As the engine converts: the two words, and the two digits that stand for them. */
export function asBool(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === '1') return true
  return value === 'false' || value === '0' ? false : undefined
}

export const binaryOperators: ReadonlySet<string> = new Set([
  '*',
  '/',
  '%',
  '+',
  '-',
  '>',
  '>=',
  '<',
  '<=',
  '==',
  '!=',
  '&&',
  '||',
])

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
}

export function unary(operator: string, value: Value, refuse: Refuse): Value {
  if (operator === '!') return !(asBool(value) ?? refuse('a truth value is needed here'))
  return negated(asNumber(value) ?? refuse('a number is needed here'))
}

export function binary(operator: string, left: Value, right: Value, refuse: Refuse): Value {
  if (operator === '==' || operator === '!=')
    return (canonicalText(left) === canonicalText(right)) === (operator === '==')
  if (operator === '&&' || operator === '||') {
    const [a, b] = [asBool(left), asBool(right)]
    if (a === undefined || b === undefined) return refuse('truth values are needed here')
    return operator === '&&' ? a && b : a || b
  }
  const [a, b] = [asNumber(left), asNumber(right)]
  if (a === undefined || b === undefined) return refuse('numbers are needed here')
  const compare = comparisons[operator]
  if (compare) return compare(compareDecimals(a, b))
  return calculate(operator, a, b) ?? refuse('this cannot be calculated')
}
