/** What is wrong with a template, and where. */

export interface Place {
  readonly file: string
  /** Both from 1; columns count characters. */
  readonly line: number
  readonly column: number
}

/** A template that cannot be analysed. The message is for its author. */
export class TemplateProblem extends Error {
  /** `syntax`: the text is no HCL or JSON; `content`: it is, but says what the engine refuses. */
  readonly kind: 'syntax' | 'content'
  /** The message without the place. */
  readonly reason: string

  constructor(kind: 'syntax' | 'content', { file, line, column }: Place, reason: string) {
    super(`${file}, line ${line}, column ${column}: ${reason}`)
    this.name = 'TemplateProblem'
    this.kind = kind
    this.reason = reason
  }
}

/** How many of the ascending numbers are not above `most`. */
function countUpTo(numbers: readonly number[], most: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (numbers[middle]! <= most) low = middle + 1
    else high = middle
  }
  return low
}

/** Tells where the character at an index of a file's content is. */
export function places(file: string, content: string): (index: number) => Place {
  let starts: number[] | undefined
  return (index) => {
    starts ??= [0, ...content.matchAll(/\n/g).map((end) => end.index + 1)]
    const line = countUpTo(starts, index)
    return { file, line, column: [...content.slice(starts[line - 1], index)].length + 1 }
  }
}

/** The sign at the beginning of a text, for a message; nothing of words and values, which may be secret. */
export function signAt(text: string): string {
  const [sign = ''] = text
  return /[\p{L}\p{N}"_]/u.test(sign) ? '' : `: ${JSON.stringify(sign)}`
}
