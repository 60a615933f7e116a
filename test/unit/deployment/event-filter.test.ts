/** The filter and the field selection of the list of events, as the API reference words them. */
import { describe, expect, test } from 'vitest'
import { eventTypes } from '../../../shared/contract/enums.ts'
import { errorEntry, RfsError } from '../../../shared/contract/errors.ts'
import { parseEventFields, parseEventFilter, passes } from '../../../shared/deployment/event-filter.ts'

function codeOf(read: () => unknown): string | undefined {
  try {
    read()
  } catch (error) {
    if (error instanceof RfsError) return errorEntry(error.errorName).code
    throw error
  }
  return undefined
}

const log = { event_type: 'LOG' }
const created = { event_type: 'CREATION_COMPLETE', resource_type: 'aws_vpc', resource_name: 'main' }
const failed = { event_type: 'CREATION_FAILED', resource_type: 'aws_vpc', resource_name: 'spare' }
const events = { log, created, failed }

/** Names of the events that pass. */
function passing(text: string | undefined): string[] {
  const filter = parseEventFilter(text)
  return Object.entries(events).flatMap(([name, event]) => (passes(filter, event) ? [name] : []))
}

describe('a filter', () => {
  test.each([
    [undefined, ['log', 'created', 'failed']],
    ['', ['log', 'created', 'failed']],
    ['event_type==LOG', ['log']],
    ['resource_name==main', ['created']],
    ['resource_type==aws_vpc', ['created', 'failed']],
    ['event_type==LOG|event_type==CREATION_FAILED', ['log', 'failed']],
    ['event_type==LOG|event_type==LOG', ['log']],
    ['resource_type==aws_vpc,resource_name==spare', ['failed']],
    ['resource_type==aws_vpc,event_type==LOG', []],
    ['event_type==CREATION_COMPLETE|event_type==CREATION_FAILED,resource_name==main|resource_name==other', ['created']],
    ['resource_name==nothing_has_this_name', []],
    ['resource_name==MAIN', []],
  ])('%s lets pass what its conditions say', (text, names) => {
    expect(passing(text)).toEqual(names)
  })

  test.each(['event_type==LOG;resource_name==main', ';', 'utter nonsense; really'])(
    'with a semicolon (%s) is ignored, as the reference says',
    (text) => {
      expect(passing(text)).toEqual(['log', 'created', 'failed'])
    },
  )

  test.each(eventTypes)('may ask for the type %s', (type) => {
    expect(codeOf(() => parseEventFilter(`event_type==${type}`))).toBeUndefined()
  })

  test.each([
    ['time==1', 'RF.10011087'],
    ['Event_type==LOG', 'RF.10011087'],
    ['==LOG', 'RF.10011087'],
    [' event_type==LOG', 'RF.10011087'],
    ['constructor==LOG', 'RF.10011087'],
    ['event_type==LOG|resource_name==main', 'RF.10011087'],
    ['event_type', 'RF.10011088'],
    ['event_type=LOG', 'RF.10011088'],
    ['event_type!=LOG', 'RF.10011088'],
    ['event_type==LOG==ERROR', 'RF.10011088'],
    ['event_type==LOG,', 'RF.10011088'],
    [',event_type==LOG', 'RF.10011088'],
    ['event_type==LOG|', 'RF.10011088'],
    ['event_type==', 'RF.10011089'],
    ['event_type==NOISE', 'RF.10011089'],
    ['event_type==log', 'RF.10011089'],
    ['resource_name==a-b', 'RF.10011089'],
    ['resource_name==a b', 'RF.10011089'],
    ['resource_name==(main)', 'RF.10011089'],
    ['resource_name===main', 'RF.10011089'],
    ['resource_name==ä', 'RF.10011089'],
    ['event_type==LOG,event_type==ERROR', 'RF.10011093'],
    ['resource_name==a,event_type==LOG,resource_name==a', 'RF.10011093'],
  ])('%s is refused with %s', (text, code) => {
    expect(codeOf(() => parseEventFilter(text))).toBe(code)
  })

  test('of the greatest length is read without delay', () => {
    const text = Array(25).fill('resource_name==abcd').join('|')
    expect(passing(`${text}|resource_name==main`)).toEqual(['created'])
  })
})

describe('a field selection', () => {
  test.each([undefined, ''])('that is absent (%s) selects everything', (text) => {
    expect(parseEventFields(text)).toBeUndefined()
  })

  test('always has the type, and what it names', () => {
    expect([...(parseEventFields('resource_name') ?? [])]).toEqual(['event_type', 'resource_name'])
  })

  test('may have blanks, and calls the time a timestamp', () => {
    const all =
      'elapsed_seconds, event_message,resource_id_key ,resource_id_value,resource_key,resource_type,resource_name,timestamp'
    expect([...(parseEventFields(all) ?? [])].sort()).toEqual([
      'elapsed_seconds',
      'event_message',
      'event_type',
      'resource_id_key',
      'resource_id_value',
      'resource_key',
      'resource_name',
      'resource_type',
      'time',
    ])
  })

  test.each([
    ['event_type', 'RF.10011087'],
    ['time', 'RF.10011087'],
    ['colour', 'RF.10011087'],
    ['Timestamp', 'RF.10011087'],
    ['toString', 'RF.10011087'],
    ['__proto__', 'RF.10011087'],
    ['timestamp,', 'RF.10011087'],
    [',', 'RF.10011087'],
    ['timestamp,timestamp', 'RF.10011093'],
    ['resource_key,timestamp,resource_key', 'RF.10011093'],
  ])('%s is refused with %s', (text, code) => {
    expect(codeOf(() => parseEventFields(text))).toBe(code)
  })
})
