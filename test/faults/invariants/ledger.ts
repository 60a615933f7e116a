/**
 * What a checker must know of a world's history: every stack and deployment that ever was, who owned which attempt, and
 * every event that was ever stored. Kept from the writes that the table accepted, never from what the service says.
 */
import type { EngineEvent } from '../../../shared/engine/protocol.ts'
import type { PlanRecord } from '../../../shared/plan/record.ts'
import type { StackRecord } from '../../../shared/stack/record.ts'
import { type Actor, currentActor } from '../simulation/actor.ts'
import type { Services } from '../simulation/services.ts'
import type { TableWrite } from '../simulation/table.ts'

export interface StackHistory {
  readonly id: string
  readonly project: string
  /** The last record; of a stack that is gone, the one before it went. */
  record: StackRecord
  gone: boolean
  /** A deletion has begun to erase what is kept about it. */
  erased: boolean
}

export interface DeploymentHistory {
  readonly id: string
  readonly stackId: string
  readonly fingerprint: string
  readonly begunAtMs: number
  /** Somebody's wish to cancel it was accepted. */
  cancelled?: boolean
  /** When its job, and the rollback that may have followed, had ended. */
  endedAtMs?: number
  /** The status of the stack then; undefined when the stack was gone. */
  endedAs?: string | undefined
}

export interface StoredEvent extends EngineEvent {
  readonly sk: string
  readonly attempt: number
  readonly sequence: number
  readonly storedAtMs: number
  readonly by: Actor | undefined
}

/** A write of a stack's or plan's own item. */
export interface RecordWrite<Entry> {
  readonly by: Actor | undefined
  readonly before: Entry | undefined
  readonly after: Entry | undefined
}

export interface Ledger {
  readonly stacks: ReadonlyMap<string, StackHistory>
  readonly deployments: ReadonlyMap<string, DeploymentHistory>
  /** By deployment, in the order of their keys. */
  events(deploymentId: string): StoredEvent[]
  /** In the order in which they were stored. */
  readonly allEvents: readonly (StoredEvent & { readonly stackId: string; readonly deploymentId: string })[]
  onStack(listener: (write: RecordWrite<StackRecord>) => void): void
  onPlan(listener: (write: RecordWrite<PlanRecord>) => void): void
  onEvent(listener: (event: StoredEvent, stackId: string, deploymentId: string) => void): void
}

const eventKey = /^EVENT#([^#]+)#(\d+)-(\d+)$/

interface Histories {
  readonly stacks: Map<string, StackHistory>
  readonly deployments: Map<string, DeploymentHistory>
}

function noteStack(
  { stacks, deployments }: Histories,
  nowMs: number,
  { before, after }: RecordWrite<StackRecord>,
): void {
  const record = (after ?? before) as StackRecord
  const known = stacks.get(record.id)
  if (known) known.record = record
  const history = known ?? { id: record.id, project: record.project, record, gone: false, erased: false }
  stacks.set(record.id, history)
  history.gone = after === undefined
  const [old, job] = [before?.job, after?.job]
  const wanted = deployments.get(after?.lastCancellation?.deploymentId ?? '')
  if (wanted) wanted.cancelled = true
  if (old && old.deploymentId !== job?.deploymentId) {
    const deployment = deployments.get(old.deploymentId)
    if (deployment) Object.assign(deployment, { endedAtMs: nowMs, endedAs: after?.status })
  }
  if (job && job.deploymentId !== old?.deploymentId) {
    const fingerprint = after?.lastCommand?.fingerprint ?? ''
    deployments.set(job.deploymentId, { id: job.deploymentId, stackId: record.id, fingerprint, begunAtMs: nowMs })
  }
}

export function openLedger({ table, world }: Services): Ledger {
  const histories: Histories = { stacks: new Map(), deployments: new Map() }
  const byDeployment = new Map<string, Map<string, StoredEvent>>()
  const allEvents: (StoredEvent & { stackId: string; deploymentId: string })[] = []
  const onStack: ((write: RecordWrite<StackRecord>) => void)[] = []
  const onPlan: ((write: RecordWrite<PlanRecord>) => void)[] = []
  const onEvent: ((event: StoredEvent, stackId: string, deploymentId: string) => void)[] = []

  const noteEvent = ({ pk, sk, after }: TableWrite, match: RegExpExecArray) => {
    const [, deploymentId = '', attempt, sequence] = match
    const events = byDeployment.get(deploymentId) ?? new Map<string, StoredEvent>()
    byDeployment.set(deploymentId, events)
    const stackId = pk.slice('STACK#'.length)
    if (!after) {
      events.delete(sk)
      const stack = histories.stacks.get(stackId)
      if (stack) stack.erased = true
      return
    }
    const event: StoredEvent = {
      ...(after as unknown as EngineEvent),
      sk,
      attempt: Number(attempt),
      sequence: Number(sequence),
      storedAtMs: world.nowMs(),
      by: currentActor(),
    }
    events.set(sk, event)
    allEvents.push({ ...event, stackId, deploymentId })
    for (const listener of onEvent) listener(event, stackId, deploymentId)
  }

  table.onWrite((write) => {
    const { pk, sk, before, after } = write
    const change = { by: currentActor(), before, after } as unknown
    if (pk.startsWith('PROJECT#') && sk.startsWith('STACK#')) {
      // Checkers see the history as it was before the write.
      for (const listener of onStack) listener(change as RecordWrite<StackRecord>)
      noteStack(histories, world.nowMs(), change as RecordWrite<StackRecord>)
    } else if (sk.startsWith('PLAN#')) {
      for (const listener of onPlan) listener(change as RecordWrite<PlanRecord>)
    } else {
      const match = eventKey.exec(sk)
      if (match) noteEvent(write, match)
    }
  })
  return {
    ...histories,
    allEvents,
    events: (deploymentId) =>
      [...(byDeployment.get(deploymentId)?.values() ?? [])].sort((a, b) => (a.sk < b.sk ? -1 : 1)),
    onStack: (listener) => onStack.push(listener),
    onPlan: (listener) => onPlan.push(listener),
    onEvent: (listener) => onEvent.push(listener),
  }
}
