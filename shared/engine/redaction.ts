/**
 * Keeps sensitive values out of everything that is shown. The engine marks most of them itself; what it does not mark is a
 * value that passed through a provider, such as `terraform_data.output`. So a sensitive text, once it is known from a mark,
 * is masked wherever else it turns up. Pure.
 */
import { isComposite, isRecord, mapParts, marksAt } from './attribute-values.ts'

/** Stands for a sensitive value, or for the part of a message that is one. */
export const masked = '<sensitive>'

/** Shorter texts turn up everywhere by chance; masking them would hide what is no secret, and betray the secret by it. */
const shortestSecret = 4
/** A line of a secret of several lines, such as a key file, that messages may show alone. */
const shortestSecretLine = 8

/** `value` with each part that `marks`, a parallel structure with `true` at secrets, marks replaced. */
export function maskMarked(value: unknown, marks: unknown): unknown {
  if (marks === true) return masked
  if (!isComposite(marks)) return value
  return mapParts(value, (part, key) => maskMarked(part, marksAt(marks, key)))
}

/**
 * The texts of the marked parts of `value`: strings, and arrays and objects as compact JSON. Short ones and single numbers
 * are left out: they are masked only where they are marked.
 */
export function markedTexts(value: unknown, marks: unknown): string[] {
  const texts: string[] = []
  collect(value, marks, texts)
  return texts.filter((text) => text.length >= shortestSecret)
}

function collect(value: unknown, marks: unknown, into: string[]): void {
  if (marks === true && typeof value === 'string') into.push(value)
  if (marks !== true && !isComposite(marks)) return
  if (!isComposite(value)) return
  if (marks === true) into.push(JSON.stringify(value))
  for (const [key, part] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    collect(part, marksAt(marks, key), into)
  }
}

/**
 * The sensitive marks of a resource with those that the engine leaves out: the `output` of a `terraform_data` is its
 * `input`, and so as sensitive as that.
 */
export function resourceMarks(type: string, marks: unknown): unknown {
  if (type !== 'terraform_data' || !isRecord(marks) || marks.input === undefined) return marks
  return { ...marks, output: marks.output === true ? true : marks.input }
}

export interface Redaction {
  /** A value in which every string that is or holds a secret is masked, and every array and object that is one. */
  value(value: unknown): unknown
  /** A message in which every occurrence of a secret is masked. */
  message(text: string): string
}

/** Masks the given texts (see `markedTexts`). */
export function redaction(secrets: Iterable<string>): Redaction {
  const texts = [...new Set(secrets)].filter((text) => text.length >= shortestSecret)
  const whole = new Set(texts)
  const needles = distinct(texts.flatMap((text) => [text, escaped(text)]))
  const lines = texts
    .filter((text) => text.includes('\n'))
    .flatMap((text) => text.split('\n').map((line) => line.trim()))
  const messageNeedles = distinct([...needles, ...lines.filter((line) => line.length >= shortestSecretLine)])

  const redactValue = (value: unknown): unknown => {
    if (texts.length === 0) return value
    if (typeof value === 'string') return needles.some((needle) => value.includes(needle)) ? masked : value
    if (isComposite(value) && whole.has(JSON.stringify(value))) return masked
    return mapParts(value, redactValue)
  }
  const redactMessage = (text: string): string => {
    const found = messageNeedles.filter((needle) => text.includes(needle))
    if (found.length === 0) return text
    const pattern = new RegExp(found.map((needle) => needle.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
    // What is masked already stays as it is, whatever the secrets are.
    return text
      .split(masked)
      .map((part) => part.replace(pattern, masked))
      .join(masked)
  }
  return { value: redactValue, message: redactMessage }
}

/** As the text stands within a JSON string. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Longest first, so that a secret within another one does not leave the rest of that behind. */
function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort((a, b) => b.length - a.length)
}
