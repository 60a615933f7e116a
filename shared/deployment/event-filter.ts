/**
 * The filter and the field selection of ListStackEvents `[ListStackEvents]`.
 *
 *     filter := term { "," term }      AND
 *     term   := cond { "|" cond }      OR, all of one name
 *     cond   := name "==" value
 *
 * A name may stand in one term only. A filter with a semicolon is ignored, as the page says.
 */
import { eventTypes } from '../contract/enums.ts'
import { RfsError } from '../contract/errors.ts'

const filterNames = ['event_type', 'resource_type', 'resource_name'] as const
type FilterName = (typeof filterNames)[number]

/** For each name the values that pass. */
export type EventFilter = ReadonlyMap<FilterName, ReadonlySet<string>>

/** Wire name of each field that `field` can select; `event_type` always comes. */
const selectable = {
  elapsed_seconds: 'elapsed_seconds',
  event_message: 'event_message',
  resource_id_key: 'resource_id_key',
  resource_id_value: 'resource_id_value',
  resource_key: 'resource_key',
  resource_type: 'resource_type',
  resource_name: 'resource_name',
  timestamp: 'time',
} as const

function isFilterName(name: string): name is FilterName {
  return (filterNames as readonly string[]).includes(name)
}

function parseCondition(text: string): { name: FilterName; value: string } {
  const [name, value, ...rest] = text.split('==')
  if (name === undefined || value === undefined || rest.length > 0) {
    throw new RfsError('FilterWithoutOperator', `"${text}" must have the form name==value.`)
  }
  if (!isFilterName(name)) {
    throw new RfsError('FilterNameUnknown', `"${name}" cannot be filtered on; use one of ${filterNames.join(', ')}.`)
  }
  if (!/^\w+$/.test(value) || (name === 'event_type' && !(eventTypes as readonly string[]).includes(value))) {
    throw new RfsError('FilterValueInvalid', `"${value}" is not a value of ${name}.`)
  }
  return { name, value }
}

function parseTerm(text: string): { name: FilterName; values: Set<string> } {
  const conditions = text.split('|').map(parseCondition)
  const names = new Set(conditions.map((condition) => condition.name))
  const [name] = names
  if (name === undefined || names.size > 1) {
    throw new RfsError('FilterNameUnknown', `"${text}" joins different names with |; join them with a comma.`)
  }
  return { name, values: new Set(conditions.map((condition) => condition.value)) }
}

/**
 * @returns undefined when everything passes.
 * @throws RfsError `FilterNameUnknown`, `FilterWithoutOperator`, `FilterValueInvalid` or `DuplicateField`.
 */
export function parseEventFilter(text: string | undefined): EventFilter | undefined {
  if (!text || text.includes(';')) return undefined
  const filter = new Map<FilterName, Set<string>>()
  for (const { name, values } of text.split(',').map(parseTerm)) {
    if (filter.has(name)) {
      throw new RfsError('DuplicateField', `${name} stands in two terms; join its values with | in one.`)
    }
    filter.set(name, values)
  }
  return filter
}

/** Whether an event, in its wire form, passes. */
export function passes(
  filter: EventFilter | undefined,
  event: Partial<Record<FilterName, string | undefined>>,
): boolean {
  if (!filter) return true
  return [...filter].every(([name, values]) => values.has(event[name] ?? ''))
}

/**
 * @returns the wire names to keep, or undefined for all of them.
 * @throws RfsError `FilterNameUnknown` or `DuplicateField`.
 */
export function parseEventFields(text: string | undefined): ReadonlySet<string> | undefined {
  if (!text) return undefined
  const wanted = new Set<string>(['event_type'])
  for (const name of text.split(',').map((part) => part.trim())) {
    if (!Object.hasOwn(selectable, name)) {
      const known = Object.keys(selectable).join(', ')
      throw new RfsError('FilterNameUnknown', `field cannot select "${name}"; choose among ${known}.`)
    }
    const field = selectable[name as keyof typeof selectable]
    if (wanted.has(field)) throw new RfsError('DuplicateField', `field names ${name} twice.`)
    wanted.add(field)
  }
  return wanted
}
