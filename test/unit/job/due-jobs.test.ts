/** The sparse index of jobs in flight, on a real DynamoDB-compatible server. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DueJobs, openDueJobs } from '../../../shared/job/due-jobs.ts'
import type { StackJob, StackRecord } from '../../../shared/stack/record.ts'
import { openStackStore, type StackStore, stackAtKey } from '../../../shared/stack/store.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { queuedJob, secondsLater, stackRecord, workingStack } from '../../support/stack-records.ts'

let memory: MemoryTable
let stacks: StackStore
let due: DueJobs

beforeAll(async () => {
  memory = await startMemoryTable()
  stacks = openStackStore(memory.table)
  due = openDueJobs(memory.table)
})
afterAll(() => memory.stop())

async function working(job: Partial<StackJob>): Promise<StackRecord> {
  const stack = workingStack({ job: queuedJob(job) })
  await stacks.create(stack)
  return stack
}
const queuedAt = (seconds: number) => ({ queuedAt: secondsLater(seconds).toISOString() })
const found = async (seconds: number, limit = 10) =>
  (await due.list(secondsLater(seconds), limit)).map((key) => stackAtKey(key)?.name)

test('jobs are found when they are due, longest overdue first, and no more than asked for', async () => {
  const last = await working(queuedAt(100))
  const first = await working(queuedAt(0))
  const second = await working({ ...queuedAt(50), attempt: 1 })
  await working({ ...queuedAt(0), claim: { token: 't', leaseUntil: secondsLater(900).toISOString() } })
  await stacks.create(stackRecord())

  expect(await found(19)).toEqual([])
  expect(await found(20)).toEqual([first.name])
  expect(await found(119)).toEqual([first.name, second.name])
  expect(await found(120)).toEqual([first.name, second.name, last.name])
  expect(await found(120, 2)).toEqual([first.name, second.name])
  expect(await found(920)).toHaveLength(4)
})

test('a job that is over, or that was put off, is found no more, or later', async () => {
  const [over, put] = [await working(queuedAt(-900)), await working(queuedAt(-900))]
  expect(await found(-880)).toHaveLength(2)
  const { job: _over, ...idle } = over
  await stacks.commit(over, { ...idle, status: 'DEPLOYMENT_COMPLETE' })
  await stacks.commit(put, { ...put, job: queuedJob({ ...queuedAt(-900), resends: 1 }) })
  expect(await found(-880)).toEqual([])
  expect(await found(-860)).toEqual([put.name])
})
