/** Who may work on a job: claims that race, workers that are too late, and writers that meet, on a real conditional store. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, type WorkingStack } from '../../../shared/deployment/outcome.ts'
import { ClaimLost, type ClaimOptions, claimJob, commitClaimed, removeClaimed } from '../../../shared/job/claim.ts'
import type { StackRecord } from '../../../shared/stack/record.ts'
import { openStackStore, type StackStore } from '../../../shared/stack/store.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, queuedJob, secondsLater, stackRecord, workingStack } from '../../support/stack-records.ts'

let memory: MemoryTable
let stacks: StackStore

beforeAll(async () => {
  memory = await startMemoryTable()
  stacks = openStackStore(memory.table)
})
afterAll(() => memory.stop())

const options: ClaimOptions<StackRecord> = { now: noon, leaseUntil: secondsLater(900) }

async function queued(given: Partial<StackRecord> = {}): Promise<WorkingStack> {
  const stack = workingStack(given)
  await stacks.create(stack)
  return stack
}
const found = (stack: StackRecord) => stacks.find(stack.project, stack.name)
const claimOf = (stack: WorkingStack, given: Partial<ClaimOptions<StackRecord>> = {}) =>
  claimJob(stacks, stack, { ...options, ...given })

/** What another caller does to the stack meanwhile. */
async function meanwhile(stack: StackRecord, change: Partial<StackRecord>): Promise<void> {
  const current = (await found(stack)) as StackRecord
  expect(await stacks.commit(current, { ...current, ...change })).toMatchObject({ outcome: 'committed' })
}

describe('a claim', () => {
  test('raced for by ten workers is won by exactly one, and the others step back', async () => {
    const stack = await queued()
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => claimOf(stack)))
    const won = results.filter((result) => result.status === 'fulfilled')
    expect(won).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ClaimLost)
    }
    expect(await found(stack)).toEqual(won[0]?.value)
    expect(won[0]?.value.job).toMatchObject({ attempt: 1, claim: { leaseUntil: secondsLater(900).toISOString() } })
  })

  test('is refused while another worker holds the job, and granted when its lease is over', async () => {
    const first = await claimOf(await queued())
    await expect(claimOf(first, { now: secondsLater(899) })).rejects.toThrow(ClaimLost)
    const second = await claimOf(first, { now: secondsLater(900), leaseUntil: secondsLater(1800) })
    expect(second.job.attempt).toBe(2)
    expect(second.job.claim?.token).not.toBe(first.job.claim?.token)
  })

  test('of an earlier start of the one machine holds nobody up', async () => {
    const first = await claimOf(await queued(), { hostId: 'before the restart' })
    await expect(claimOf(first, { hostId: 'before the restart' })).rejects.toThrow(ClaimLost)
    expect((await claimOf(first, { hostId: 'after the restart' })).job.attempt).toBe(2)
  })

  test('outlasts a change that another caller made between the reading and the claim', async () => {
    const stack = await queued()
    await meanwhile(stack, { description: 'changed meanwhile' })
    expect(await claimOf(stack)).toMatchObject({ description: 'changed meanwhile', job: { attempt: 1 } })
  })

  test('is refused when the job ended, was replaced, or the stack is gone', async () => {
    const over = await queued()
    const { job: _over, ...rest } = over
    await stacks.commit(over, { ...rest, status: 'DEPLOYMENT_COMPLETE' })
    const replaced = await queued()
    await meanwhile(replaced, { job: queuedJob() })
    const gone = await queued()
    await stacks.remove(gone)
    for (const stack of [over, replaced, gone]) await expect(claimOf(stack)).rejects.toThrow(ClaimLost)
  })

  test('asks again what an earlier attempt saved whenever the stack changed under it', async () => {
    const stack = await queued()
    await meanwhile(stack, { job: { ...stack.job, attempt: 1 } })
    const asked: number[] = []
    const recover = async (found: WorkingStack) => {
      asked.push(found.job.attempt)
      return { ...found, stateKey: `states/${found.job.attempt}` }
    }
    expect(await claimOf(stack, { recover })).toMatchObject({ stateKey: 'states/1', job: { attempt: 2 } })
    expect(asked).toEqual([0, 1])
  })

  test('of a stack that never stands still is given up as a failure, so that the message comes again', async () => {
    const stack = await queued()
    const restless: StackStore = {
      ...stacks,
      commit: async (seen, next) => {
        await meanwhile(stack, { description: String(Math.random()) })
        return stacks.commit(seen, next)
      },
    }
    const claim = claimJob(restless, stack, options)
    await expect(claim).rejects.toThrow('kept changing')
    await expect(claim).rejects.not.toBeInstanceOf(ClaimLost)
  })
})

describe('a write under a claim', () => {
  const describedAs = (description: string) => (current: WorkingStack) => ({ ...current, description })

  test('takes effect', async () => {
    const mine = await claimOf(await queued())
    await commitClaimed(stacks, mine, describedAs('mine'))
    expect(await found(mine)).toMatchObject({ description: 'mine' })
  })

  test('keeps what other writers changed meanwhile', async () => {
    const mine = await claimOf(await queued())
    await meanwhile(mine, { enableDeletionProtection: true })
    await meanwhile(mine, { enableAutoRollback: true })
    await commitClaimed(stacks, mine, (current) => ended(current, { succeeded: true }, noon) as StackRecord)
    expect(await found(mine)).toMatchObject({
      status: 'DEPLOYMENT_COMPLETE',
      enableDeletionProtection: true,
      enableAutoRollback: true,
    })
  })

  test('looks at the flags as they are then: an auto-rollback switched on meanwhile follows a failure', async () => {
    const mine = await claimOf(await queued({ enableAutoRollback: false }))
    await meanwhile(mine, { enableAutoRollback: true })
    const failure = { succeeded: false, message: 'no' } as const
    await commitClaimed(stacks, mine, (current) => ended(current, failure, noon) as StackRecord)
    expect(await found(mine)).toMatchObject({ status: 'ROLLBACK_IN_PROGRESS', job: { kind: 'rollback' } })
  })

  test('by a worker whose lease ended and whose job was taken over changes nothing', async () => {
    const stale = await claimOf(await queued())
    const heir = await claimOf(stale, { now: secondsLater(900), leaseUntil: secondsLater(1800) })
    await expect(commitClaimed(stacks, stale, describedAs('stale'))).rejects.toThrow(ClaimLost)
    expect(await found(heir)).toEqual(heir)
  })

  test('by a worker whose job was sent again, ended or replaced changes nothing', async () => {
    for (const change of [
      { job: undefined, status: 'DEPLOYMENT_FAILED' },
      { job: queuedJob() },
    ] as Partial<StackRecord>[]) {
      const mine = await claimOf(await queued())
      await meanwhile(mine, change)
      const before = await found(mine)
      await expect(commitClaimed(stacks, mine, describedAs('stale'))).rejects.toThrow(ClaimLost)
      expect(await found(mine)).toEqual(before)
    }
    const released = await claimOf(await queued())
    const { claim: _released, ...job } = released.job
    await meanwhile(released, { job })
    await expect(commitClaimed(stacks, released, describedAs('stale'))).rejects.toThrow(ClaimLost)
  })

  test('to a stack that is gone changes nothing', async () => {
    const mine = await claimOf(await queued())
    await stacks.remove(mine)
    await expect(commitClaimed(stacks, mine, describedAs('late'))).rejects.toThrow(ClaimLost)
    expect(await found(mine)).toBeUndefined()
  })
})

describe('a removal under a claim', () => {
  test('removes the stack although it was changed meanwhile', async () => {
    const mine = await claimOf(await queued())
    await meanwhile(mine, { description: 'changed meanwhile' })
    await removeClaimed(stacks, mine)
    expect(await found(mine)).toBeUndefined()
  })

  test('is content when the stack is gone already, also when its name is in use again', async () => {
    const mine = await claimOf(await queued())
    await stacks.remove(mine)
    await removeClaimed(stacks, mine)
    const reborn = stackRecord({ project: mine.project, name: mine.name })
    await stacks.create(reborn)
    await removeClaimed(stacks, mine)
    expect(await found(mine)).toEqual(reborn)
  })

  test('by a worker whose job was taken over removes nothing', async () => {
    const stale = await claimOf(await queued())
    const heir = await claimOf(stale, { now: secondsLater(900), leaseUntil: secondsLater(1800) })
    await expect(removeClaimed(stacks, stale)).rejects.toThrow(ClaimLost)
    expect(await found(heir)).toEqual(heir)
  })
})
