/** What a record looks like on the wire. */
import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { stackStatuses } from '../../../shared/contract/enums.ts'
import * as wire from '../../../shared/contract/stack-reads.ts'
import type { ShownResource } from '../../../shared/deployment/resources.ts'
import { wireTime } from '../../../shared/http/wire.ts'
import { toEvent, toMetadata, toOutput, toResource, toSummary } from '../../../shared/stack/views.ts'
import { stackRecord } from '../../support/stack-records.ts'

const id = 'c2f4a1de-3b5c-4d6e-8f70-112233445566'
const stack = stackRecord({
  id,
  name: 'web',
  createdAt: '2026-03-01T12:00:00.999Z',
  updatedAt: '2026-03-02T00:00:00.000Z',
})

/** The value itself, if it has the declared form. */
function declared<Value>(schema: z.ZodMiniType, value: Value): Value {
  expect(z.safeParse(schema, value).error?.issues).toBeUndefined()
  return value
}

describe('a summary', () => {
  test('has names, id, status and times to the second, and no key without a value', () => {
    expect(declared(wire.StackSummary, toSummary(stack))).toEqual({
      stack_name: 'web',
      stack_id: id,
      status: 'CREATION_COMPLETE',
      create_time: '2026-03-01T12:00:00Z',
      update_time: '2026-03-02T00:00:00Z',
    })
    expect(Object.keys(toSummary(stack))).not.toContain('description')
  })

  test('keeps an empty description, which is a value', () => {
    expect(toSummary({ ...stack, description: '' })).toHaveProperty('description', '')
  })

  test.each(stackStatuses)('in %s tells what went wrong only if something did', (status) => {
    const summary = declared(wire.StackSummary, toSummary({ ...stack, status, statusMessage: 'why' }))
    if (status.endsWith('_FAILED')) expect(summary).toHaveProperty('status_message', 'why')
    else expect(summary).not.toHaveProperty('status_message')
  })
})

describe('the metadata of a stack', () => {
  test('has the flags always, and agencies and variables where there are any', () => {
    const bare = declared(wire.StackMetadata, toMetadata({ ...stack, agencies: [] }, {}))
    expect(bare).toMatchObject({ enable_deletion_protection: false, enable_auto_rollback: false })
    for (const key of ['agencies', 'vars_structure', 'vars_body', 'vars_uri_content']) {
      expect(Object.keys(bare)).not.toContain(key)
    }
    const agencies = [{ provider_name: 'aws', agency_name: 'deployer' }]
    const structure = [{ var_key: 'size', var_value: '3' }]
    const full = { ...stack, agencies, enableDeletionProtection: true, enableAutoRollback: true }
    expect(declared(wire.StackMetadata, toMetadata(full, { structure, body: 'a = 1' }))).toMatchObject({
      enable_deletion_protection: true,
      enable_auto_rollback: true,
      agencies,
      vars_structure: structure,
      vars_body: 'a = 1',
    })
  })
})

describe('an event', () => {
  const event = { deploymentId: id, time: '2026-03-01T12:00:00.123Z', type: 'LOG', message: 'text' } as const

  test('of the service has its time to the second, its type and its message', () => {
    expect(declared(wire.StackEvent, toEvent(event))).toEqual({
      time: '2026-03-01T12:00:00Z',
      event_type: 'LOG',
      event_message: 'text',
    })
  })

  test('of a resource has the resource as the template names it, its id and the whole seconds it took', () => {
    const resource = { address: 'm.a_b.c[0]', type: 'a_b', name: 'c', key: '0', idKey: 'id', idValue: 'x-1' }
    expect(
      declared(wire.StackEvent, toEvent({ ...event, type: 'CREATION_COMPLETE', resource, elapsedSeconds: 0.6 })),
    ).toEqual({
      resource_type: 'a_b',
      resource_name: 'c',
      resource_key: '0',
      resource_id_key: 'id',
      resource_id_value: 'x-1',
      time: '2026-03-01T12:00:00Z',
      event_type: 'CREATION_COMPLETE',
      event_message: 'text',
      elapsed_seconds: 1,
    })
    expect(toEvent({ ...event, elapsedSeconds: 0 })).toHaveProperty('elapsed_seconds', 0)
  })
})

describe('a resource', () => {
  const resource: ShownResource = {
    address: 'a_b.c["k"]',
    type: 'a_b',
    name: 'c',
    key: 'k',
    id: 'x-1',
    physicalName: 'real',
    tainted: false,
    attributes: [{ key: 'size', value: '3' }],
    status: 'UPDATE_FAILED',
    statusMessage: 'why',
  }
  const brief = {
    physical_resource_id: 'x-1',
    physical_resource_name: 'real',
    logical_resource_name: 'c',
    logical_resource_type: 'a_b',
    resource_status: 'UPDATE_FAILED',
  }

  test('shows names, ids and status while a job runs', () => {
    expect(declared(wire.StackResource, toResource(resource, true))).toEqual(brief)
  })

  test('shows the rest as well when none does', () => {
    expect(declared(wire.StackResource, toResource(resource, false))).toEqual({
      ...brief,
      index_key: 'k',
      status_message: 'why',
      resource_attributes: [{ key: 'size', value: '3' }],
    })
  })
})

test('an output is shown as the engine masked it', () => {
  const output = { name: 'secret', type: '<sensitive>', value: '<sensitive>', sensitive: true }
  expect(declared(wire.StackOutput, toOutput(output))).toEqual(output)
  expect(toOutput({ ...output, description: 'd' })).toEqual({ ...output, description: 'd' })
})

test('a time on the wire is cut to the second, never rounded into the future', () => {
  expect(wireTime('2026-12-31T23:59:59.999Z')).toBe('2026-12-31T23:59:59Z')
})
