/** The attributes that a planned change changes, as text with secrets masked. Pure. */
import { attributeText, isComposite, isRecord, mapParts, marksAt } from './attribute-values.ts'
import type { Change } from './plan-document.ts'
import type { PlanItem } from './protocol.ts'
import { masked as maskedText, maskMarked, type Redaction } from './redaction.ts'

/** Stands for a value that only the deployment brings `[GetExecutionPlan]`. */
export const unknownText = '(will be generated after apply)'

type Attribute = PlanItem['attributes'][number]

/**
 * Changed top-level attributes by name. What begins to exist has targets only, without those that are null; what ceases to
 * exist has previous values only; everything else has both. A part that is sensitive on either side is masked on both:
 * the value may have been there before the template declared it so.
 */
export function changedAttributes(change: Change, redact: Redaction): Attribute[] {
  const { before, after, after_unknown: unknown } = change
  const names = new Set([before, after, unknown].flatMap((side) => (isRecord(side) ? Object.keys(side) : [])))
  const isNew = !isRecord(before)
  const isGone = !isRecord(after) && !hasMark(unknown)
  return [...names].sort().flatMap((name): Attribute[] => {
    const side = (value: unknown) => marksAt(value, name)
    const previous = isRecord(before) ? before[name] : undefined
    const target = isRecord(after) ? after[name] : undefined
    const marks = [side(change.before_sensitive), side(change.after_sensitive)] as const
    const isUnknown = hasMark(side(unknown))
    const shown = (value: unknown) => masked(value, marks, redact)
    const previousText = { previous: attributeText(shown(previous)) }
    const targetText = { target: attributeText(withUnknown(shown(target), side(unknown))) }
    if (isNew) return isUnknown || isThere(target) ? [{ name, ...targetText }] : []
    if (isGone) return isThere(previous) ? [{ name, ...previousText }] : []
    const changed = isUnknown || differ(previous, target) || differ(bare(marks[0]), bare(marks[1]))
    return changed ? [{ name, ...previousText, ...targetText }] : []
  })
}

function masked(value: unknown, marks: readonly [unknown, unknown], redact: Redaction): unknown {
  return marks.reduce((rest, mark) => maskMarked(rest, mark), redact.value(value))
}

/** `value` with the text for unknown values at the parts that `unknown` marks; the engine leaves those out of the value. */
function withUnknown(value: unknown, unknown: unknown): unknown {
  if (unknown === true) return unknownText
  if (!hasMark(unknown) || value === maskedText) return value
  if (Array.isArray(unknown)) {
    const parts: unknown[] = Array.isArray(value) ? value : []
    const length = Math.max(parts.length, unknown.length)
    return Array.from({ length }, (_, at) => withUnknown(parts[at] ?? null, unknown[at]))
  }
  const known = Object.entries(isRecord(value) ? value : {})
  const missing = Object.entries(unknown as object).filter(
    ([key, mark]) => hasMark(mark) && !known.some(([name]) => name === key),
  )
  const parts = [...known, ...missing.map(([key]) => [key, null] as const)].sort(([a], [b]) => (a < b ? -1 : 1))
  return mapParts(Object.fromEntries(parts), (part, key) => withUnknown(part, marksAt(unknown, key)))
}

/** Whether anything in a structure of marks is marked. */
function hasMark(marks: unknown): boolean {
  if (!isComposite(marks)) return marks === true
  return Object.values(marks).some(hasMark)
}

/** Marks without the parts in which nothing is marked: the engine writes those in several ways. */
function bare(marks: unknown): unknown {
  if (!hasMark(marks)) return null
  if (!isRecord(marks)) return mapParts(marks, bare)
  const marked = Object.entries(marks).filter(([, mark]) => hasMark(mark))
  return Object.fromEntries(marked.map(([key, mark]) => [key, bare(mark)]))
}

function differ(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) !== JSON.stringify(other ?? null)
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null
}
