/** What a plan may do in which status: every status, against a table written from the reference. */
import { describe, expect, test } from 'vitest'
import { type PlanStatus, planStatuses } from '../../../shared/contract/enums.ts'
import { decideApply, decideDelete, hasItems } from '../../../shared/plan/lifecycle.ts'
import { statusOf } from '../../../shared/plan/record.ts'
import { queuedJob } from '../../support/stack-records.ts'

/** [status, may be applied, may be deleted, has items] `[ApplyExecutionPlan]` `[DeleteExecutionPlan]` `[GetExecutionPlan]` */
const matrix: readonly [PlanStatus, boolean, boolean, boolean][] = [
  ['CREATION_IN_PROGRESS', false, false, false],
  ['CREATION_FAILED', false, true, false],
  ['AVAILABLE', true, true, true],
  ['APPLY_IN_PROGRESS', false, false, true],
  ['APPLIED', false, true, true],
]

test('the table has every status', () => {
  expect(matrix.map(([status]) => status).sort()).toEqual([...planStatuses].sort())
})

describe.each(matrix)('a plan that is %s', (status, apply, remove, items) => {
  test(`may ${apply ? '' : 'not '}be applied`, () => {
    const decision = decideApply({ status, generation: 3 }, 3)
    if (apply) expect(decision).toEqual({ ok: true })
    else expect(decision).toMatchObject({ error: 'ApplyInWrongPlanStatus', detail: expect.stringContaining(status) })
  })

  test(`may ${remove ? '' : 'not '}be deleted`, () => {
    const decision = decideDelete(status)
    if (remove) expect(decision).toEqual({ ok: true })
    else expect(decision).toMatchObject({ error: 'DeletePlanInWrongStatus' })
  })

  test(`shows ${items ? 'its' : 'no'} items`, () => {
    expect(hasItems(status)).toBe(items)
  })
})

test('a plan of an older generation is expired, a wrong status weighs more', () => {
  expect(decideApply({ status: 'AVAILABLE', generation: 2 }, 3)).toMatchObject({ error: 'PlanExpired' })
  expect(decideApply({ status: 'APPLIED', generation: 2 }, 3)).toMatchObject({ error: 'ApplyInWrongPlanStatus' })
})

test('a plan that the stack carries out is shown so, whatever its own item says', () => {
  const applied = { id: 'p1', name: 'p', appliedAt: '2026-01-01T00:00:00.000Z', fileKey: 'f' }
  const stack = { job: { ...queuedJob({ kind: 'deploy' }), plan: applied } }
  expect(statusOf({ id: 'p1', status: 'AVAILABLE' }, stack)).toBe('APPLY_IN_PROGRESS')
  expect(statusOf({ id: 'p1', status: 'APPLIED' }, stack)).toBe('APPLY_IN_PROGRESS')
  expect(statusOf({ id: 'p2', status: 'AVAILABLE' }, stack)).toBe('AVAILABLE')
  expect(statusOf({ id: 'p1', status: 'APPLIED' }, {})).toBe('APPLIED')
})
