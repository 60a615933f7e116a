/** Which template the engine applies or destroys for which job. */
import { describe, expect, test } from 'vitest'
import { engineRuns } from '../../../shared/deployment/work.ts'
import type { JobKind } from '../../../shared/stack/lifecycle.ts'
import type { StackRecord } from '../../../shared/stack/record.ts'
import { queuedJob, snapshot, workingStack } from '../../support/stack-records.ts'

describe('the engine runs of a job', () => {
  const [target, stable] = [snapshot('new'), snapshot('old')]
  const runsOf = (kind: JobKind, given: Partial<StackRecord> = {}) =>
    engineRuns(workingStack({ job: queuedJob({ kind }), target, stable, ...given })).map(
      ({ command, snapshot: used }) => `${command} ${used === target ? 'new' : 'old'}`,
    )
  const without = { target: undefined, stable: undefined } as unknown as Partial<StackRecord>

  test.each([
    ['a deployment applies the template asked for', runsOf('deploy'), ['apply new']],
    ['a rollback applies the last one that deployed', runsOf('rollback'), ['apply old']],
    [
      'a rollback of a first deployment destroys what it made',
      runsOf('rollback', { stable: undefined }),
      ['destroy new'],
    ],
    [
      'a deletion destroys by the template asked for, else by the last one that deployed',
      runsOf('delete'),
      ['destroy new', 'destroy old'],
    ],
    [
      'a deletion with one and the same template tries it once',
      runsOf('delete', { stable: { ...target, deploymentId: 'other' } }),
      ['destroy new'],
    ],
    [
      'a deletion tries the same template with other variables',
      runsOf('delete', { stable: { ...target, variablesKey: 'v' } }),
      ['destroy new', 'destroy old'],
    ],
    ['a deletion without resources needs no engine', runsOf('delete', { mayHaveResources: false }), []],
    ['a deletion that retains the resources needs none', runsOf('forget'), []],
    ['a deletion of a stack that never had a template needs none', runsOf('delete', without), []],
  ])('%s', (_what, runs, expected) => {
    expect(runs).toEqual(expected)
  })
})
