/** The inputs and outputs of a config: what an item may hold, and the form it is kept in `[SEMANTICS 4]`, `[golden-io]`. */
import { HeatError } from '../contract/heat-errors.ts'
import type { ConfigInput, ConfigOutput } from '../contract/software-configs.ts'
import { isFalsy, pythonJson } from './python-text.ts'

type Given = Readonly<Record<string, unknown>>
type IoType = ConfigInput['type']

const types: readonly IoType[] = ['String', 'Number', 'CommaDelimitedList', 'Json', 'Boolean']
const inputKeys = ['name', 'description', 'type', 'default', 'replace_on_change', 'value']
const outputKeys = ['name', 'description', 'type', 'error_output']

function invalid(): never {
  throw new HeatError('ItemInvalid')
}

/** Whole numbers and booleans become the text that Python writes for them. */
function asText(value: unknown): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return Number.isSafeInteger(value) ? String(value) : invalid()
}

const numeral = /^\s*[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?\s*$/i

function asNumber(value: unknown): unknown {
  if (value === null) return 0
  if (typeof value === 'number' || typeof value === 'boolean') return value
  return typeof value === 'string' && numeral.test(value) ? Number(value.replaceAll('_', '')) : invalid()
}

function asList(value: unknown): unknown {
  if (value === null) return []
  if (typeof value === 'string') return value.split(',')
  return Array.isArray(value) ? value : invalid()
}

function asMap(value: unknown): unknown {
  if (value === null) return {}
  if (Array.isArray(value)) return pythonJson(value)
  return typeof value === 'string' || typeof value === 'object' ? value : invalid()
}

function asBoolean(value: unknown): boolean {
  if (value === null) return false
  if (typeof value === 'boolean') return value
  const word = typeof value === 'string' ? value.toLowerCase() : ''
  return word === 'true' || (word === 'false' ? false : invalid())
}

const defaults: Readonly<Record<IoType, (value: unknown) => unknown>> = {
  String: asText,
  Number: asNumber,
  CommaDelimitedList: asList,
  Json: asMap,
  Boolean: asBoolean,
}

function typeOf({ type }: Given): IoType {
  if (type === undefined || type === null) return 'String'
  return types.find((each) => each === type) ?? invalid()
}

/** The default of an item: as it is when no type was sent, else brought into the type; empty text suits every type. */
function defaultOf(item: Given): { default?: unknown } {
  const given = item.default
  if (given === undefined) return {}
  if (item.type === undefined || item.type === null) return given === null ? {} : { default: given }
  return { default: given === '' ? '' : defaults[typeOf(item)](given) }
}

function common(item: Given) {
  if (!('name' in item)) invalid()
  return {
    name: asText(item.name),
    ...('description' in item ? { description: asText(item.description) } : {}),
    type: typeOf(item),
  }
}

function toInput(item: Given): ConfigInput {
  return {
    ...common(item),
    ...defaultOf(item),
    ...('replace_on_change' in item && asBoolean(item.replace_on_change) ? { replace_on_change: true } : {}),
    ...('value' in item ? { value: item.value } : {}),
  }
}

function toOutput(item: Given): ConfigOutput {
  return { ...common(item), error_output: 'error_output' in item && asBoolean(item.error_output) }
}

function items<Item>(given: unknown, keys: readonly string[], toItem: (item: Given) => Item): Item[] {
  if (isFalsy(given)) return []
  const isItem = (item: unknown): item is Given => typeof item === 'object' && item !== null && !Array.isArray(item)
  if (!Array.isArray(given) || !given.every(isItem)) throw new HeatError('BadRequest')
  return given.map((item) => (Object.keys(item).every((key) => keys.includes(key)) ? toItem(item) : invalid()))
}

/** @throws HeatError `BadRequest` for what is no list of objects, `ItemInvalid` for an item that breaks the schema. */
export const toInputs = (given: unknown): ConfigInput[] => items(given, inputKeys, toInput)
/** @throws HeatError as `toInputs` */
export const toOutputs = (given: unknown): ConfigOutput[] => items(given, outputKeys, toOutput)
