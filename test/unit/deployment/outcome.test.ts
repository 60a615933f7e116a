/** What the end of a job makes of the stack's record, as a pure function. */
import { describe, expect, test } from 'vitest'
import { type Ending, ended, type WorkingStack, withTrace } from '../../../shared/deployment/outcome.ts'
import { isWorking } from '../../../shared/job/record.ts'
import type { StackRecord } from '../../../shared/stack/record.ts'
import { noon, queuedJob, secondsLater, snapshot, stackRecord, workingStack } from '../../support/stack-records.ts'

const at = (seconds: number) => secondsLater(seconds).toISOString()
const failure = (message = 'the disk is full'): Ending => ({ succeeded: false, message })
const success: Ending = { succeeded: true }

test('what a run left behind takes the place of what there was; what it did not leave stays', () => {
  const stack = stackRecord({ stateKey: 'states/old', viewKey: 'views/old', mayHaveResources: true })
  expect(withTrace(stack, {})).toEqual(stack)
  expect(withTrace(stack, { stateKey: 'states/new' })).toEqual({ ...stack, stateKey: 'states/new' })
  const all = { stateKey: 'states/new', viewKey: 'views/new', mayHaveResources: false }
  expect(withTrace(stack, all)).toEqual({ ...stack, ...all })
})

describe('the end of a job', () => {
  const target = snapshot('new')
  const stable = snapshot('old')
  const trace = { stateKey: 'states/9', viewKey: 'views/9', mayHaveResources: true }
  const inStatus = {
    deploy: 'DEPLOYMENT_IN_PROGRESS',
    rollback: 'ROLLBACK_IN_PROGRESS',
    delete: 'DELETION_IN_PROGRESS',
    forget: 'DELETION_IN_PROGRESS',
  } as const
  type Kind = keyof typeof inStatus

  function working(kind: Kind, given: Partial<StackRecord> = {}): WorkingStack {
    const job = queuedJob({ kind, attempt: 3, claim: { token: 'mine', leaseUntil: at(900) } })
    return workingStack({
      status: inStatus[kind],
      job,
      target,
      stable,
      previous: stable,
      statusMessage: 'old',
      ...given,
    })
  }
  const end = (stack: WorkingStack, ending: Ending) => ended(stack, ending, secondsLater(60), trace)

  /** kind, ending, auto-rollback -> status, template asked for, template that stands; `gone` for a stack that is no more. */
  const matrix: readonly (readonly [Kind, 'succeeds' | 'fails', 'with' | 'without', string, string, string])[] = [
    ['deploy', 'succeeds', 'without', 'DEPLOYMENT_COMPLETE', 'new', 'new'],
    ['deploy', 'succeeds', 'with', 'DEPLOYMENT_COMPLETE', 'new', 'new'],
    ['deploy', 'fails', 'without', 'DEPLOYMENT_FAILED', 'new', 'old'],
    ['deploy', 'fails', 'with', 'ROLLBACK_IN_PROGRESS', 'new', 'old'],
    ['rollback', 'succeeds', 'without', 'ROLLBACK_COMPLETE', 'old', 'old'],
    ['rollback', 'succeeds', 'with', 'ROLLBACK_COMPLETE', 'old', 'old'],
    ['rollback', 'fails', 'without', 'ROLLBACK_FAILED', 'new', 'old'],
    ['rollback', 'fails', 'with', 'ROLLBACK_FAILED', 'new', 'old'],
    ['delete', 'succeeds', 'without', 'gone', '', ''],
    ['delete', 'succeeds', 'with', 'gone', '', ''],
    ['delete', 'fails', 'without', 'DELETION_FAILED', 'new', 'old'],
    ['delete', 'fails', 'with', 'DELETION_FAILED', 'new', 'old'],
    ['forget', 'succeeds', 'without', 'gone', '', ''],
    ['forget', 'succeeds', 'with', 'gone', '', ''],
    ['forget', 'fails', 'without', 'DELETION_FAILED', 'new', 'old'],
    ['forget', 'fails', 'with', 'DELETION_FAILED', 'new', 'old'],
  ]

  test.each(matrix)('%s that %s %s auto-rollback makes the stack %s', (kind, ending, flag, status, asked, standing) => {
    const stack = working(kind, { enableAutoRollback: flag === 'with' })
    const after = end(stack, ending === 'succeeds' ? success : failure())
    if (status === 'gone') return expect(after).toBeUndefined()
    const byName = { new: target, old: stable } as Record<string, typeof target>
    expect(after).toMatchObject({
      status,
      target: byName[asked],
      stable: byName[standing],
      updatedAt: at(60),
      generation: stack.generation,
      version: stack.version,
      ...trace,
    })
    if (ending === 'succeeds') expect(after).not.toHaveProperty('statusMessage')
    else expect(after).toHaveProperty('statusMessage', 'the disk is full')
    const goesOn = status === 'ROLLBACK_IN_PROGRESS'
    expect(isWorking(after)).toBe(goesOn)
    expect(after?.previous).toEqual(goesOn ? stable : undefined)
  })

  test('with an automatic rollback puts its job in: the same deployment, the attempts counted on, held by nobody', () => {
    const stack = working('deploy', { enableAutoRollback: true })
    const { job } = end(stack, failure()) as WorkingStack
    expect(job).toEqual({
      id: expect.any(String),
      kind: 'rollback',
      deploymentId: stack.job.deploymentId,
      attempt: 3,
      queuedAt: at(60),
      resends: 0,
      startBefore: at(60 + 6 * 3600),
      viewedAttempt: 3,
    })
    expect(job.id).not.toBe(stack.job.id)
  })

  test('by the service, which gave up, is followed by no automatic rollback', () => {
    const gaveUp: Ending = { succeeded: false, message: 'gave up', rollBack: false }
    const after = end(working('deploy', { enableAutoRollback: true }), gaveUp)
    expect(after).toMatchObject({ status: 'DEPLOYMENT_FAILED', statusMessage: 'gave up' })
    expect(isWorking(after)).toBe(false)
  })

  test('of a rollback of the first deployment leaves no template at all', () => {
    const after = end(working('rollback', { stable: undefined, previous: undefined } as Partial<StackRecord>), success)
    expect(after).toMatchObject({ status: 'ROLLBACK_COMPLETE', target: undefined, stable: undefined })
  })

  test('keeps what the run saved even when it failed, and what there was when it saved nothing', () => {
    expect(end(working('deploy'), failure())).toMatchObject(trace)
    const kept = { stateKey: 'states/1', viewKey: 'views/1', mayHaveResources: true }
    expect(ended(working('deploy', kept), failure(), noon)).toMatchObject(kept)
  })

  test('cuts a message that is longer than a status may show', () => {
    expect(end(working('deploy'), failure('x'.repeat(5000)))?.statusMessage).toHaveLength(1000)
  })

  test('in a status that has no such ending is a defect, and says so', () => {
    expect(() => end(working('deploy', { status: 'DEPLOYMENT_COMPLETE' }), success)).toThrow(/DEPLOYMENT_COMPLETE/)
  })
})
