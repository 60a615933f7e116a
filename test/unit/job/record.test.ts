/** A job in the record that it is about: claims, interruptions and deadlines, as pure functions. */
import { describe, expect, test } from 'vitest'
import {
  claimed,
  isLeased,
  isWorking,
  jobDueAt,
  overdue,
  putOff,
  released,
  waitingJob,
} from '../../../shared/job/record.ts'
import { noon, queuedJob, secondsLater, stackRecord, workingStack } from '../../support/stack-records.ts'

const hour = 3600
const at = (seconds: number) => secondsLater(seconds).toISOString()
const claim = (leaseSeconds: number) => ({ token: 'mine', leaseUntil: at(leaseSeconds) })

test('a job that is put waits for its first attempt, for as long as it may', () => {
  expect(waitingJob('j', noon, 60)).toEqual({ id: 'j', attempt: 0, queuedAt: at(0), resends: 0, startBefore: at(60) })
  expect(waitingJob('j', noon, 60, 3).attempt).toBe(3)
})

describe('a lease', () => {
  test('lasts until its very moment and not beyond', () => {
    const job = queuedJob({ claim: claim(900) })
    expect(isLeased(job, secondsLater(899.999))).toBe(true)
    expect(isLeased(job, secondsLater(900))).toBe(false)
  })

  test('is on no job that nobody has claimed', () => {
    expect(isLeased(queuedJob(), noon)).toBe(false)
  })

  test('of an earlier start of the one machine is dead, however long it would last', () => {
    const job = queuedJob({ claim: { ...claim(900), hostId: 'first start' } })
    expect(isLeased(job, noon, 'first start')).toBe(true)
    expect(isLeased(job, noon, 'second start')).toBe(false)
  })
})

describe('a claim', () => {
  const lease = { token: 'mine', leaseUntil: secondsLater(900) }

  test('counts the attempt, takes the lease and sets the time by which the job must end', () => {
    const stack = workingStack()
    expect(claimed(stack, lease, noon)).toEqual({
      ...stack,
      job: { ...stack.job, attempt: 1, claim: claim(900), finishBefore: at(6 * hour) },
    })
  })

  test('by a later attempt does not move that time, and replaces the claim before', () => {
    const job = queuedJob({ attempt: 4, finishBefore: at(100), claim: { token: 'theirs', leaseUntil: at(-1) } })
    expect(claimed(workingStack({ job }), lease, secondsLater(50)).job).toEqual({
      ...job,
      attempt: 5,
      claim: claim(900),
    })
  })

  test('on one machine remembers which start of it it belongs to', () => {
    expect(claimed(workingStack(), { ...lease, hostId: 'start 7' }, noon).job.claim).toEqual({
      ...claim(900),
      hostId: 'start 7',
    })
  })
})

describe('a job that goes on in another delivery', () => {
  const job = queuedJob({ attempt: 2, resends: 3, queuedAt: at(0), finishBefore: at(hour), claim: claim(900) })

  test('is held by nobody and due as if it were new, with its attempts and its time kept', () => {
    const { claim: _given, ...kept } = job
    expect(released(workingStack({ job }), secondsLater(60)).job).toEqual({ ...kept, queuedAt: at(60), resends: 0 })
  })

  test('counts the deaths of the engine, but no interruption as one', () => {
    const once = released(workingStack({ job }), noon, { died: true })
    expect(once.job.deaths).toBe(1)
    expect(released(once, noon, { died: true }).job.deaths).toBe(2)
    expect(released(once, noon).job.deaths).toBe(1)
    expect(released(workingStack({ job }), noon).job).not.toHaveProperty('deaths')
  })
})

test('a job that goes on after runs that finished nothing counts those in a row', () => {
  const once = released(workingStack(), noon, { idle: true })
  expect(once.job.idleRuns).toBe(1)
  expect(released(once, noon, { idle: true }).job.idleRuns).toBe(2)
  expect(released(once, noon).job).not.toHaveProperty('idleRuns')
})

test('a job that is sent again counts it, and loses a claim whose lease is over', () => {
  const job = queuedJob({ attempt: 2, resends: 3, deaths: 1, claim: claim(-900) })
  const { claim: _lost, ...kept } = job
  expect(putOff(workingStack({ job }), secondsLater(60)).job).toEqual({ ...kept, queuedAt: at(60), resends: 4 })
})

describe('a job is overdue', () => {
  test('when nobody began it in the time that it may wait', () => {
    const job = queuedJob()
    expect(overdue(job, secondsLater(6 * hour))).toBeUndefined()
    expect(overdue(job, secondsLater(6 * hour + 0.001))).toMatch(/waited in the queue for too long/)
  })

  test('when it did not end within six hours of its first claim, however late that was', () => {
    const { job } = claimed(workingStack(), { token: 't', leaseUntil: noon }, secondsLater(5 * hour))
    expect(overdue(job, secondsLater(11 * hour))).toBeUndefined()
    expect(overdue(job, secondsLater(11 * hour + 0.001))).toMatch(/did not finish within 6 hours/)
  })
})

test('a stack works while it has a job, and only then', () => {
  expect(isWorking(workingStack())).toBe(true)
  expect(isWorking(stackRecord({ status: 'DEPLOYMENT_COMPLETE' }))).toBe(false)
  expect(isWorking(undefined)).toBe(false)
})

test('a job is looked at 20 seconds after it was queued, then ever later, and 20 seconds after a lease ended', () => {
  const dueAfter = (given: Parameters<typeof queuedJob>[0]) =>
    (Date.parse(jobDueAt(queuedJob(given))) - noon.getTime()) / 1000
  expect([0, 1, 2, 3, 6, 7, 50].map((resends) => dueAfter({ resends }))).toEqual([20, 40, 80, 160, 1280, 1800, 1800])
  expect(dueAfter({ claim: claim(900) })).toBe(920)
  expect(dueAfter({ claim: claim(900), resends: 5 })).toBe(920)
})
