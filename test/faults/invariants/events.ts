/**
 * Events. Precisely:
 * - the keys order them by attempt and within it by a sequence without gaps; the last batch of a worker that died may have
 *   gaps;
 * - when a worker ends its attempt, by an outcome or by handing the job on, the events of the attempt hold every event that
 *   its runner told it, once each and in the runner's order;
 * - no event of an attempt is written later than a call's way after the attempt's lease;
 * - the last event of a deployment that has ended says how; an ending that is not the last one is the last of its attempt,
 *   or overruled by a cancellation that came before it was committed.
 */
import { jobWords } from '../../../shared/deployment/job-words.ts'
import { RunnerLine } from '../../../shared/engine/protocol.ts'
import type { StackRecord } from '../../../shared/stack/record.ts'
import type { Services } from '../simulation/services.ts'
import type { AnswerStream } from '../simulation/stream.ts'
import type { Ledger, RecordWrite, StoredEvent } from './ledger.ts'

/** What a call may take, see scheduler.ts. */
const wayMs = 10_000
/** Most events of one batch. */
const batch = 25

const isService = ({ type, resource }: StoredEvent) => (type === 'LOG' || type === 'ERROR') && resource === undefined
/** The last word on a job; see job-words.ts. */
const endings = Object.values(jobWords).flatMap(({ succeed, fail }) => [succeed, `${fail}: `])
const isEnding = ({ message, resource }: StoredEvent) =>
  resource === undefined && endings.some((word) => message.startsWith(word))
const isOverruled = (next: StoredEvent | undefined) => next?.message.startsWith('Cancellation requested by') ?? false
const successes: Record<string, boolean> = {
  DEPLOYMENT_COMPLETE: true,
  ROLLBACK_COMPLETE: true,
  DEPLOYMENT_FAILED: false,
  ROLLBACK_FAILED: false,
  DELETION_FAILED: false,
}

function told(stream: AnswerStream): string[] {
  const lines = Buffer.concat(stream.delivered()).toString('utf8').split('\n').slice(0, -1)
  const parsed = lines.map((line) => RunnerLine.parse(JSON.parse(line)))
  return parsed.flatMap((line) => (line.type === 'event' ? [JSON.stringify(line.event)] : []))
}

const asTold = ({ time, type, message, resource, elapsedSeconds }: StoredEvent) =>
  JSON.stringify({ time, type, message, resource, elapsedSeconds })

/** What is wrong with the stored events of an attempt: all that were told, in order, and beside them only the service's own. */
function comparison(expected: readonly string[], stored: readonly StoredEvent[]): string | undefined {
  let next = 0
  for (const event of stored) {
    if (asTold(event) === expected[next]) next += 1
    else if (!isService(event)) return `it holds ${asTold(event)}, expected was ${expected[next]}`
  }
  return next < expected.length ? `it does not hold ${expected[next]}` : undefined
}

export function watchEvents({ world, runner }: Services, ledger: Ledger): { finish(): void } {
  /** The answers that each worker read. */
  const streams = new Map<string, AnswerStream[]>()
  runner.onStart(({ stream, reader }) => {
    streams.set(reader.name, [...(streams.get(reader.name) ?? []), stream])
  })
  const leases = new Map<string, string>()

  const checkAttempt = ({ by, before, after }: RecordWrite<StackRecord>) => {
    const job = before?.job
    if (job?.claim) leases.set(`${job.deploymentId} ${job.attempt}`, job.claim.leaseUntil)
    const ends = by?.kind === 'worker' && job?.claim && after && after.job?.claim?.token !== job.claim.token
    // A claim by the next worker ends nothing: its predecessor died.
    if (!ends || (after.job && after.job.attempt !== job.attempt)) return
    const stored = ledger.events(job.deploymentId).filter(({ attempt }) => attempt === job.attempt)
    const expected = (streams.get(by.name) ?? []).flatMap(told)
    const problem = comparison(expected, stored)
    if (problem) world.violate('events', `attempt ${job.attempt} ended; ${problem}`)
    const gap = stored.findIndex(({ sequence }, index) => sequence !== index)
    if (gap >= 0) world.violate('events', `attempt ${job.attempt} ended and has no event ${gap}`)
  }
  ledger.onStack(checkAttempt)
  ledger.onStack(({ after }) => {
    if (after?.job?.claim) leases.set(`${after.job.deploymentId} ${after.job.attempt}`, after.job.claim.leaseUntil)
  })
  ledger.onEvent((event, _stackId, deploymentId) => {
    const lease = leases.get(`${deploymentId} ${event.attempt}`)
    const lateMs = lease === undefined ? 0 : world.nowMs() - Date.parse(lease)
    if (lateMs > wayMs + world.profile.skewMs) {
      world.violate('events', `${event.by?.name} wrote an event ${lateMs} ms after its lease: ${event.message}`)
    }
  })

  const checkOrder = (deploymentId: string) => {
    const events = ledger.events(deploymentId)
    for (const [attempt, stored] of Map.groupBy(events, (event) => event.attempt)) {
      const missing = stored.findIndex(({ sequence }, at) => sequence !== at)
      if (missing >= 0 && (stored.at(-1)?.sequence ?? 0) - missing > batch) {
        world.violate('events', `attempt ${attempt} of ${deploymentId} has no event ${missing}`)
      }
      const early = stored.find(
        (event, at) => at < stored.length - 1 && isEnding(event) && !isOverruled(stored[at + 1]),
      )
      if (early) world.violate('events', `"${early.message}" is not the last event of attempt ${attempt}`)
    }
  }
  const checkEnding = (deploymentId: string, endedAs: string) => {
    const last = ledger.events(deploymentId).at(-1)
    const succeeded = last !== undefined && !/failed: /.test(last.message) && last.type !== 'ERROR'
    const says = last?.type === 'ERROR' || (last && isEnding(last))
    if (!says || succeeded !== successes[endedAs]) {
      world.violate('events', `deployment ${deploymentId} ended as ${endedAs}; its last event is "${last?.message}"`)
    }
  }
  return {
    finish: () => {
      for (const { id, stackId, endedAs } of ledger.deployments.values()) {
        const stack = ledger.stacks.get(stackId)
        if (stack?.gone || stack?.erased) continue
        checkOrder(id)
        if (endedAs !== undefined) checkEnding(id, endedAs)
      }
    },
  }
}
