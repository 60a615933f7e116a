/** Which resources a stack shows, and with which status, while a job runs and after it. */
import { describe, expect, test } from 'vitest'
import type { ResourceStatus } from '../../../shared/contract/enums.ts'
import {
  emptyView,
  type ShownResource,
  type StackView,
  viewAfter,
  viewInProgress,
} from '../../../shared/deployment/resources.ts'
import type { EngineEvent, ResourceInstance } from '../../../shared/engine/protocol.ts'

const time = '2026-03-01T12:00:00.000Z'

const instance = (name: string, given: Partial<ResourceInstance> = {}): ResourceInstance => ({
  address: `a_b.${name}`,
  type: 'a_b',
  name,
  id: `id-${name}`,
  tainted: false,
  attributes: [{ key: 'size', value: '3' }],
  ...given,
})
const shown = (name: string, status: ResourceStatus, given: Partial<ShownResource> = {}): ShownResource => ({
  ...instance(name),
  status,
  ...given,
})
const event = (
  type: EngineEvent['type'],
  name: string,
  given: Partial<EngineEvent['resource'] & object> = {},
): EngineEvent => ({
  time,
  type,
  message: `${name}: ${type}`,
  resource: { address: `a_b.${name}`, type: 'a_b', name, ...given },
})
const view = (...resources: ShownResource[]): StackView => ({ resources, outputs: [] })
const statuses = (resources: readonly ShownResource[]) =>
  Object.fromEntries(resources.map(({ name, status }) => [name, status]))

/** Earlier status, the events on the resource so far, what is shown; `-` for nothing. */
const inProgress = `
-                  CREATION_IN_PROGRESS                                                          CREATION_IN_PROGRESS
-                  CREATION_IN_PROGRESS,CREATION_COMPLETE                                        CREATION_COMPLETE
-                  CREATION_IN_PROGRESS,CREATION_FAILED                                          CREATION_FAILED
CREATION_COMPLETE  -                                                                             CREATION_COMPLETE
UPDATE_FAILED      -                                                                             UPDATE_FAILED
CREATION_COMPLETE  UPDATE_IN_PROGRESS                                                            UPDATE_IN_PROGRESS
CREATION_COMPLETE  UPDATE_IN_PROGRESS,UPDATE_COMPLETE                                            UPDATE_COMPLETE
CREATION_COMPLETE  UPDATE_IN_PROGRESS,UPDATE_FAILED                                              UPDATE_FAILED
CREATION_COMPLETE  DELETION_IN_PROGRESS                                                          DELETION_IN_PROGRESS
CREATION_COMPLETE  DELETION_IN_PROGRESS,DELETION_FAILED                                          DELETION_FAILED
CREATION_COMPLETE  DELETION_IN_PROGRESS,DELETION_COMPLETE                                        -
CREATION_COMPLETE  DELETION_IN_PROGRESS,DELETION_COMPLETE,CREATION_IN_PROGRESS                   CREATION_IN_PROGRESS
CREATION_COMPLETE  DELETION_IN_PROGRESS,DELETION_COMPLETE,CREATION_IN_PROGRESS,CREATION_COMPLETE CREATION_COMPLETE
CREATION_COMPLETE  LOG,DRIFT,ERROR                                                               CREATION_COMPLETE
-                  LOG,DRIFT,ERROR                                                               -
`

/** Earlier status, the events of the run, whether the state holds it (yes, no, tainted), what is shown after; `-` for nothing. */
const afterRun = `
-                  CREATION_IN_PROGRESS,CREATION_COMPLETE                      yes      CREATION_COMPLETE
-                  CREATION_IN_PROGRESS,CREATION_FAILED                        no       CREATION_FAILED
-                  CREATION_IN_PROGRESS,CREATION_FAILED                        tainted  CREATION_FAILED
-                  CREATION_IN_PROGRESS                                        tainted  CREATION_FAILED
-                  CREATION_IN_PROGRESS                                        no       -
-                  -                                                           yes      CREATION_COMPLETE
CREATION_COMPLETE  -                                                           yes      CREATION_COMPLETE
UPDATE_COMPLETE    -                                                           yes      UPDATE_COMPLETE
UPDATE_FAILED      -                                                           yes      UPDATE_FAILED
UPDATE_FAILED      UPDATE_IN_PROGRESS,UPDATE_COMPLETE                          yes      UPDATE_COMPLETE
CREATION_COMPLETE  UPDATE_IN_PROGRESS,UPDATE_FAILED                            yes      UPDATE_FAILED
CREATION_COMPLETE  UPDATE_IN_PROGRESS                                          yes      CREATION_COMPLETE
CREATION_COMPLETE  DELETION_IN_PROGRESS,DELETION_COMPLETE                      no       -
CREATION_COMPLETE  DELETION_IN_PROGRESS,DELETION_FAILED                        yes      DELETION_FAILED
CREATION_COMPLETE  -                                                           no       -
CREATION_FAILED    -                                                           no       -
UPDATE_COMPLETE    DELETION_COMPLETE,CREATION_IN_PROGRESS,CREATION_COMPLETE    yes      CREATION_COMPLETE
UPDATE_COMPLETE    DELETION_COMPLETE,CREATION_IN_PROGRESS,CREATION_FAILED      no       CREATION_FAILED
UPDATE_FAILED      CREATION_COMPLETE,DELETION_IN_PROGRESS,DELETION_COMPLETE    yes      CREATION_COMPLETE
`

const rowsOf = (table: string) =>
  table
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/) as [string, string, string, string])
const eventsOf = (cell: string) =>
  cell === '-' ? [] : cell.split(',').map((type) => event(type as EngineEvent['type'], 'x'))
const earlier = (cell: string) => (cell === '-' ? emptyView : view(shown('x', cell as ResourceStatus)))
const expected = (cell: string) => (cell === '-' ? {} : { x: cell })

describe('while a job runs', () => {
  test.each(rowsOf(inProgress))('a resource that was %s and had %s is shown as %s', (before, events, status) => {
    expect(statuses(viewInProgress(earlier(before), eventsOf(events)))).toEqual(expected(status))
  })

  test('a resource keeps its ids from before, and a new one has what its events say of it', () => {
    const before = view(shown('old', 'CREATION_COMPLETE', { physicalName: 'real' }))
    const events = [
      event('UPDATE_IN_PROGRESS', 'old'),
      event('CREATION_IN_PROGRESS', 'new', { key: '0' }),
      event('CREATION_COMPLETE', 'new', { key: '0', idKey: 'id', idValue: 'n-1' }),
    ]
    expect(viewInProgress(before, events)).toEqual([
      shown('old', 'UPDATE_IN_PROGRESS', { physicalName: 'real' }),
      {
        address: 'a_b.new',
        type: 'a_b',
        name: 'new',
        key: '0',
        id: 'n-1',
        tainted: false,
        attributes: [],
        status: 'CREATION_COMPLETE',
      },
    ])
  })

  test('the view that was stored stays as it is', () => {
    const before = view(shown('x', 'CREATION_COMPLETE'))
    viewInProgress(before, [event('DELETION_COMPLETE', 'x')])
    expect(before).toEqual(view(shown('x', 'CREATION_COMPLETE')))
  })

  test('instances of one resource are told apart by their addresses', () => {
    const both = view(
      shown('x', 'CREATION_COMPLETE', { address: 'a_b.x[0]', key: '0' }),
      shown('x', 'CREATION_COMPLETE', { address: 'a_b.x[1]', key: '1' }),
    )
    const after = viewInProgress(both, [event('DELETION_COMPLETE', 'x', { address: 'a_b.x[0]' })])
    expect(after.map(({ key }) => key)).toEqual(['1'])
  })
})

describe('after a run', () => {
  test.each(rowsOf(afterRun))(
    'a resource that was %s and had %s, with the state holding it: %s, is shown as %s',
    (before, events, held, status) => {
      const resources = held === 'no' ? [] : [instance('x', { tainted: held === 'tainted' })]
      const after = viewAfter(earlier(before), { resources, outputs: [] }, eventsOf(events), new Map())
      expect(statuses(after.resources)).toEqual(expected(status))
    },
  )

  test('a resource has what the state says of it, and outputs are the state’s', () => {
    const output = { name: 'o', type: 'string', value: '"v"', sensitive: false }
    const state = { resources: [instance('x', { id: 'new-id' })], outputs: [output] }
    const before = { ...view(shown('x', 'CREATION_COMPLETE')), outputs: [{ ...output, value: '"old"' }] }
    const after = viewAfter(before, state, [event('UPDATE_COMPLETE', 'x')], new Map())
    expect(after).toEqual({ resources: [shown('x', 'UPDATE_COMPLETE', { id: 'new-id' })], outputs: [output] })
  })

  test('a failure says why, whether it left something behind or not', () => {
    const errors = new Map([
      ['a_b.left', 'left half-made'],
      ['a_b.none', 'never made'],
      ['a_b.fine', 'a warning that came to nothing'],
    ])
    const events = [
      event('CREATION_FAILED', 'left'),
      event('CREATION_FAILED', 'none'),
      event('CREATION_COMPLETE', 'fine'),
    ]
    const state = { resources: [instance('left', { tainted: true }), instance('fine')], outputs: [] }
    const messages = viewAfter(emptyView, state, events, errors).resources.map(({ name, statusMessage }) => [
      name,
      statusMessage,
    ])
    expect(messages).toEqual([
      ['left', 'left half-made'],
      ['fine', undefined],
      ['none', 'never made'],
    ])
  })

  test('a failure of an earlier run keeps its reason until the resource is touched again', () => {
    const before = view(shown('x', 'UPDATE_FAILED', { statusMessage: 'earlier' }))
    const state = { resources: [instance('x')], outputs: [] }
    expect(viewAfter(before, state, [], new Map()).resources).toEqual([
      shown('x', 'UPDATE_FAILED', { statusMessage: 'earlier' }),
    ])
    expect(viewAfter(before, state, [event('UPDATE_COMPLETE', 'x')], new Map()).resources).toEqual([
      shown('x', 'UPDATE_COMPLETE'),
    ])
  })
})
