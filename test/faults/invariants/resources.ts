/**
 * Known and made once. What counts as reported is a CREATION_COMPLETE event in the table; what counts as saved, a state in
 * the bucket. What an engine made and could tell nobody before it died is neither, and nobody can know of it.
 */
import { stateKeyOf } from '../../../shared/deployment/run-engine.ts'
import { compareRuns } from '../../../shared/deployment/unsettled.ts'
import type { RunRef } from '../../../shared/stack/record.ts'
import { keyOfLink } from '../simulation/bucket.ts'
import type { EngineState } from '../simulation/engine-state.ts'
import type { OutsideResource } from '../simulation/outside.ts'
import type { Services } from '../simulation/services.ts'
import { isImportable, typeIn } from '../simulation/template.ts'
import type { Ledger, StackHistory } from './ledger.ts'

interface Run {
  readonly stackId: string
  /** When its attempt was claimed: what was reported and saved before, it must know. */
  readonly claimedAtMs: number
}

const isState = (key: string) => key.includes('/states/')

function idsIn(content: string): string[] {
  return (JSON.parse(content) as EngineState).resources.map(({ id }) => id)
}

/** What the service can know of the resources of stacks, by their ids. */
function openKnowledge({ world, bucket }: Services, ledger: Ledger) {
  const reported = new Map<string, { atMs: number; run: RunRef }>()
  const savedAtMs = new Map<string, number>()
  ledger.onEvent(({ type, resource, storedAtMs, attempt }, _stackId, deploymentId) => {
    if (type !== 'CREATION_COMPLETE' || !resource?.idValue) return
    reported.set(resource.idValue, { atMs: storedAtMs, run: { deploymentId, attempt } })
  })
  bucket.onPut((key, content) => {
    if (!isState(key)) return
    for (const id of idsIn(content)) if (!savedAtMs.has(id)) savedAtMs.set(id, world.nowMs())
  })
  /** In the state, in the state that a run left that nobody saw end, or in the journal of such runs. */
  const isHeld = ({ gone, record }: StackHistory, id: string): boolean => {
    const { unsettled, stateKey } = record
    if (gone) return false
    const keys = [stateKey, unsettled && stateKeyOf(record, unsettled.last.deploymentId, unsettled.last.attempt)]
    const contents = keys.flatMap((key) => (key && bucket.blobs.get(key)?.content) ?? [])
    const run = reported.get(id)?.run
    return (
      contents.some((content) => idsIn(content).includes(id)) ||
      !!(run && unsettled && compareRuns(run, unsettled.since) >= 0)
    )
  }
  /** An ERROR event had its address and id. */
  const isTold = (stackId: string, { address, id }: OutsideResource) =>
    ledger.allEvents.some(
      ({ type, resource, ...event }) =>
        type === 'ERROR' && event.stackId === stackId && resource?.idValue === id && resource.address === address,
    )
  return { reported, savedAtMs, isHeld, isTold }
}

/** When each attempt was claimed. */
function openClaimTimes({ world }: Services, ledger: Ledger) {
  const times = new Map<string, number>()
  ledger.onStack(({ before, after }) => {
    const job = after?.job
    if (job?.claim && job.claim.token !== before?.job?.claim?.token)
      times.set(`${job.deploymentId}-${job.attempt}`, world.nowMs())
  })
  return times
}

export function watchResources(services: Services, ledger: Ledger): { finish(): void } {
  const { world, outside, bucket, runner } = services
  const { reported, savedAtMs, isHeld, isTold } = openKnowledge(services, ledger)
  const claimTimes = openClaimTimes(services, ledger)
  const runs = new Map<string, Run>()
  const lostState = (stackId: string) => [...bucket.lost].some((key) => isState(key) && key.includes(stackId))

  /** Resources that somebody chose to keep when the stack was to be deleted. */
  const letGo = new Set<string>()
  ledger.onStack(({ before, after }) => {
    if (before?.job?.kind !== 'forget' || after?.stateKey !== undefined) return
    for (const { id, stackId } of outside.resources.values()) if (stackId === before.id) letGo.add(id)
  })
  runner.onStart(({ request, runner: { name } }) => {
    const [, stackId = '', attempt = ''] =
      /\/stacks\/([^/]+)\/states\/(.+)\.json$/.exec(
        keyOfLink('put', request.state.writeUrl ?? request.plan?.writeUrl ?? ''),
      ) ?? []
    runs.set(name, { stackId, claimedAtMs: claimTimes.get(attempt) ?? world.nowMs() })
  })
  const checkTwin = (made: OutsideResource, twin: OutsideResource, { claimedAtMs }: Run) => {
    const before = (atMs: number | undefined) => atMs !== undefined && atMs < claimedAtMs
    const saved = before(savedAtMs.get(twin.id)) && !lostState(made.stackId)
    const adoptable = before(reported.get(twin.id)?.atMs) && isImportable(typeIn(twin.address))
    // What was told to people is theirs to look after.
    if ((!saved && !adoptable) || isTold(made.stackId, twin)) return
    const how = saved ? 'saved' : 'reported'
    world.violate('madeOnce', `${made.madeBy} made ${made.address} again; ${twin.id} was ${how} before it began`)
  }
  outside.onCreate((made) => {
    const run = runs.get(made.madeBy)
    for (const twin of outside.resources.values()) {
      const isTwin = twin.stackId === made.stackId && twin.address === made.address && !letGo.has(twin.id)
      if (run && isTwin) checkTwin(made, twin, run)
    }
  })
  return {
    finish: () => {
      for (const resource of outside.resources.values()) {
        const { id, stackId, address, madeBy } = resource
        const stack = ledger.stacks.get(stackId)
        if (!stack || letGo.has(id) || lostState(stackId)) continue
        if ((!savedAtMs.has(id) && !reported.has(id)) || isHeld(stack, id) || isTold(stackId, resource)) continue
        const where = stack.gone ? 'its stack is deleted' : `the state of ${stack.record.name} does not hold it`
        world.violate('known', `${address} (${id}, made by ${madeBy}) is forgotten: ${where}`)
      }
    },
  }
}
