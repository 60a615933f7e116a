/**
 * The language's numbers: exact, whatever their size. Digits are bounded, so that a short text such as `1e999999` cannot
 * ask for a long one.
 */
import type { Value } from './value.ts'

/** `coefficient` times ten to the power of `exponent`, in lowest terms; `coefficient` has no zero at its end. */
export interface Decimal {
  readonly coefficient: bigint
  readonly exponent: number
}

/** Digits that a number may have when it is written out, or is calculated with. */
const mostDigits = 5000

const pattern = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,7}))?$/

export function isDecimal(value: Value): value is Decimal {
  return typeof value === 'object' && value !== null && 'coefficient' in value
}

function lowestTerms(coefficient: bigint, exponent: number): Decimal {
  if (coefficient === 0n) return { coefficient, exponent: 0 }
  const digits = String(coefficient)
  let end = digits.length
  while (digits[end - 1] === '0') end -= 1
  return { coefficient: BigInt(digits.slice(0, end)), exponent: exponent + digits.length - end }
}

/** @returns undefined for what is no number in the language's form, or too long. */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = pattern.exec(text) ?? []
  if (sign === undefined || whole.length + fraction.length > mostDigits) return undefined
  return lowestTerms(BigInt(`${sign}${whole}${fraction}`), Number(exponent) - fraction.length)
}

export const decimalOf = (number: number): Decimal => parseDecimal(String(number))!

/** @returns undefined when it would be too long. */
export function decimalText({ coefficient, exponent }: Decimal): string | undefined {
  const sign = coefficient < 0n ? '-' : ''
  const digits = String(coefficient < 0n ? -coefficient : coefficient)
  if (digits.length + Math.abs(exponent) > mostDigits) return undefined
  if (exponent >= 0) return `${sign}${digits}${'0'.repeat(exponent)}`
  const padded = digits.padStart(1 - exponent, '0')
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`
}

export const numberOf = ({ coefficient, exponent }: Decimal) => Number(`${coefficient}e${exponent}`)

export function sameDecimal(a: Decimal, b: Decimal): boolean {
  return a.coefficient === b.coefficient && a.exponent === b.exponent
}

export const negated = ({ coefficient, exponent }: Decimal): Decimal => ({ coefficient: -coefficient, exponent })

/** Both coefficients at the smaller of the two exponents; undefined when they are too far apart. */
function aligned(a: Decimal, b: Decimal): { a: bigint; b: bigint; exponent: number } | undefined {
  const exponent = Math.min(a.exponent, b.exponent)
  if (Math.max(a.exponent, b.exponent) - exponent > mostDigits) return undefined
  const at = (each: Decimal) => each.coefficient * 10n ** BigInt(each.exponent - exponent)
  return { a: at(a), b: at(b), exponent }
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const both = aligned(a, b)
  if (!both) return numberOf(a) < numberOf(b) ? -1 : 1
  return both.a < both.b ? -1 : Number(both.a > both.b)
}

const arithmetic: Readonly<Record<string, (a: bigint, b: bigint, exponent: number) => Decimal | undefined>> = {
  '+': (a, b, exponent) => lowestTerms(a + b, exponent),
  '-': (a, b, exponent) => lowestTerms(a - b, exponent),
  '*': (a, b, exponent) => lowestTerms(a * b, 2 * exponent),
  '%': (a, b, exponent) => (b === 0n ? undefined : lowestTerms(a % b, exponent)),
  // What does not come out even has the digits of a JSON number, which is what readers of the answer keep of it.
  '/': (a, b) => {
    if (b === 0n) return undefined
    return a % b === 0n ? lowestTerms(a / b, 0) : parseDecimal(String(Number(a) / Number(b)))
  },
}

/** @returns undefined for a division by zero, and for a result that would be too long. */
export function calculate(operator: string, a: Decimal, b: Decimal): Decimal | undefined {
  const both = aligned(a, b)
  return both && arithmetic[operator]?.(both.a, both.b, both.exponent)
}
