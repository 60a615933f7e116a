/**
 * The check of what cannot be read for certain: a text that the grammar does not understand, or that the grammar and the
 * engine might read differently. There, the bare words count, comments and strings included: nothing that this service
 * overlooks may be something that the engine carries out. A text without such a word goes to the engine, which explains a
 * syntax error better.
 */
import { lineCounter } from './line-counter.ts'
import {
  type Finding,
  readingFunctions,
  refusedFunctions,
  refusedProviders,
  type TemplateSource,
} from './policy-rules.ts'

const functionNames = [...readingFunctions, ...refusedFunctions].join('|')
const providerNames = [...refusedProviders].join('|')

/** Words that are suspicious wherever they stand. */
const alone: readonly RegExp[] = [
  new RegExp(String.raw`(?<![\w-])(?:${functionNames})\s*(?=\(|/\*|//|#)`, 'g'),
  new RegExp(String.raw`(?<![\w-])provider\s*(?:/\*|::\s*(?:/\*|(?:${providerNames})(?![\w-])))`, 'g'),
  /(?<![\w-])exec"?\s*[=:]/g,
  new RegExp(String.raw`hashicorp/(?:${providerNames})(?![\w-])`, 'gi'),
  new RegExp(String.raw`(?<![\w.-])(?:${providerNames})"?\s*[=:]\s*\{`, 'g'),
  /(?<![\w-])path\s*(?:\.\s*cwd(?![\w-])|\/\*)/g,
]

interface Head {
  readonly word: RegExp
  /** What has to follow the word on its line. */
  readonly tail: RegExp
}

/** Beginnings of blocks. The head of a block is on one line, unless a comment in it has more. */
const heads: readonly Head[] = [
  {
    word: /(?<![\w.-])(?:provisioner|backend|cloud|connection|exec|encryption|state_store|module)(?![\w-]|\s*[.=:])/g,
    tail: /\{|\/\*/g,
  },
  {
    word: /(?<![\w.-])(?:data|resource|ephemeral|action|list|provider)(?![\w-]|\s*[.=:])/g,
    tail: new RegExp(String.raw`terraform_remote_state|(?<![\w-])(?:${providerNames})(?![a-zA-Z0-9-])|\\|/\*`, 'g'),
  },
  { word: /(?<![\w-])source(?![\w-])/g, tail: /\\/g },
]

/** Everything in `source` that looks, word by word, like something that is not allowed. */
export function suspiciousWords({ path, content }: TemplateSource): Finding[] {
  const found = (line: number, text: string) => ({
    file: path,
    line,
    construct: `${/^\w+/.exec(text)?.[0] ?? text} in a text that cannot be read for certain`,
  })
  const words = alone.flatMap((suspicion) => {
    const lineOf = lineCounter(content)
    return [...content.matchAll(suspicion)].map((match) => found(lineOf(match.index), match[0]))
  })
  const beginnings = content.split('\n').flatMap((line, at) =>
    heads.flatMap(({ word, tail }) => {
      const first = [...line.matchAll(word)][0]
      const last = [...line.matchAll(tail)].at(-1)
      return first && last && first.index < last.index ? [found(at + 1, first[0])] : []
    }),
  )
  return [...words, ...beginnings]
}

/**
 * Whether the engine may read the characters of a text in another way than the grammar: controls and blanks that end a
 * line for only one of them, and long runs before a brace, in which it is open which sign escapes which.
 */
export function isAmbiguous(content: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
  return /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029\ufeff]|\r(?!\n)|\${3,}\{|%{3,}\{/.test(content)
}
