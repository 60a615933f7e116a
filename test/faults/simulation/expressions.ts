/**
 * The expressions of DynamoDB, as far as the service's stores use them. Whatever is not known here throws: a condition that
 * was silently taken for true would let every defect through. Source: DynamoDB developer guide, "Expressions".
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'

export type StoredItem = Readonly<Record<string, AttributeValue>>

export interface ExpressionTerms {
  readonly names?: Readonly<Record<string, string>> | undefined
  readonly values?: Readonly<Record<string, AttributeValue>> | undefined
}

/** A request that the real table would refuse, or that this one does not know. Always a defect of the caller or of this file. */
export class UnknownExpression extends Error {}

type Token = string
const tokenPattern = /\s*(<=|>=|<>|[=<>(),+-]|[#:]?\w+)/gy

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  tokenPattern.lastIndex = 0
  while (tokenPattern.lastIndex < text.trimEnd().length) {
    const at = tokenPattern.lastIndex
    const match = tokenPattern.exec(text)
    if (!match?.[1]) throw new UnknownExpression(`cannot read "${text}" from character ${at}`)
    tokens.push(match[1])
  }
  return tokens
}

/** Reads tokens one after the other, and notes which names and values were used: the real table refuses unused ones. */
export interface TokenReader {
  readonly text: string
  readonly used: ReadonlySet<string>
  peek(): Token | undefined
  take(expected?: Token): Token
  /** The attribute that a path names: a plain one or a `#name`, never a nested one. */
  path(): string
  value(): AttributeValue
}

export function readTokens(text: string, { names, values }: ExpressionTerms): TokenReader {
  const tokens = tokensOf(text)
  const used = new Set<string>()
  const refuse = (why: string) => new UnknownExpression(`"${text}": ${why}`)
  let at = 0
  const take = (expected?: Token): Token => {
    const token = tokens[at]
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw refuse(`${expected ?? 'more'} is missing before ${token ?? 'the end'}`)
    }
    at += 1
    return token
  }
  const given = <Value>(terms: Readonly<Record<string, Value>> | undefined, token: Token): Value => {
    used.add(token)
    const value = terms?.[token]
    if (value === undefined) throw refuse(`${token} is not given`)
    return value
  }
  return {
    text,
    used,
    peek: () => tokens[at],
    take,
    path: () => {
      const token = take()
      if (token.startsWith('#')) return given(names, token)
      if (!/^[A-Za-z]\w*$/.test(token)) throw refuse(`${token} is no attribute`)
      return token
    },
    value: () => given(values, take()),
  }
}

/** @throws UnknownExpression when a name or value is given that no expression of the request uses */
export function refuseUnused({ names, values }: ExpressionTerms, readers: readonly (TokenReader | undefined)[]): void {
  const used = new Set(readers.flatMap((reader) => (reader ? [...reader.used] : [])))
  const unused = [...Object.keys(names ?? {}), ...Object.keys(values ?? {})].filter((term) => !used.has(term))
  if (unused.length > 0) throw new UnknownExpression(`given and not used: ${unused.join(', ')}`)
}

export function typeOf(value: AttributeValue): string {
  return Object.keys(value)[0] ?? ''
}

/** -1, 0 or 1; undefined when the two cannot be compared. */
export function compareValues(a: AttributeValue | undefined, b: AttributeValue | undefined): number | undefined {
  if (!a || !b || typeOf(a) !== typeOf(b)) return undefined
  if (a.N !== undefined) return Math.sign(Number(a.N) - Number(b.N))
  if (a.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S ?? ''))
  const same = JSON.stringify(a) === JSON.stringify(b)
  return same ? 0 : undefined
}
