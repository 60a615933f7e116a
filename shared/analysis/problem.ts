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

/** Where the character at `index` of a file's content is. */
export function placeAt(file: string, content: string, index: number): Place {
  const before = content.slice(0, index).split('\n')
  return { file, line: before.length, column: [...before.at(-1)!].length + 1 }
}

/** A piece of the author's text that is short enough for a message. */
export function excerpt(text: string): string {
  const [line = ''] = text.split('\n')
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line.trimEnd())
}
