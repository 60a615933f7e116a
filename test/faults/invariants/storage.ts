/**
 * What lies in the table and the bucket. Left over at most: counts that are too high, and under a stack that is gone what a
 * function wrote that should have been ended, or that nobody could take back because the function for which it was written
 * died: a command that had stored its template, a worker whose engine still saved a plan.
 */
import type { Item } from '../../../shared/aws/table.ts'
import type { PlanRecord } from '../../../shared/plan/record.ts'
import { referencedBlobs, type StackRecord } from '../../../shared/stack/record.ts'
import { type Actor, currentActor } from '../simulation/actor.ts'
import type { Services } from '../simulation/services.ts'
import type { Ledger } from './ledger.ts'

/** Items that count, and what they count in the same partition. */
const counters: Readonly<Record<string, string>> = { 'COUNT#STACKS': 'STACK#', 'COUNT#PLANS': 'PLAN#' }

function blobsOfPlan({ inputs, fileKey, itemsKey }: PlanRecord): string[] {
  return [inputs.templateKey, inputs.variablesKey, fileKey, itemsKey].filter((key) => key !== undefined)
}

interface Writing {
  readonly by: Actor | undefined
  readonly putAtMs: number
}

/** Written by a function that should have been ended before. */
const isLate = ({ by, putAtMs }: Writing) => by?.dueAtMs !== undefined && putAtMs > by.dueAtMs

export function watchStorage(services: Services, ledger: Ledger): { finish(): void } {
  const { world, table, bucket, runner } = services
  const isThere = (key: string) => bucket.blobs.has(key) || bucket.lost.has(key)
  const mustBeThere = (what: string, keys: Iterable<string>) => {
    const missing = [...keys].filter((key) => !isThere(key))
    if (missing.length > 0) world.violate('storage', `${what} points to ${missing.join(', ')}, which is not there`)
  }
  ledger.onStack(({ after }) => {
    if (after) mustBeThere(`the stack ${after.name}`, referencedBlobs(after))
  })
  ledger.onPlan(({ after }) => {
    if (after) mustBeThere(`the plan ${after.name}`, blobsOfPlan(after))
  })
  bucket.onDelete((key) => {
    const stackId = /\/stacks\/([^/]+)\//.exec(key)?.[1] ?? ''
    const stack = ledger.stacks.get(stackId)
    const plans = table.items(`STACK#${stackId}`).filter(({ sk }) => String(sk).startsWith('PLAN#'))
    const pointing = [
      ...(stack && !stack.gone && referencedBlobs(stack.record).has(key) ? [`the stack ${stack.record.name}`] : []),
      ...plans
        .filter((plan) => blobsOfPlan(plan as unknown as PlanRecord).includes(key))
        .map(({ name }) => `the plan ${name}`),
    ]
    if (pointing.length > 0)
      world.violate('storage', `${currentActor()?.name} deleted ${key}, to which ${pointing} points`)
  })

  const checkCount = (pk: string, sk: string) => {
    const [counter, counted] =
      Object.entries(counters).find(([name, prefix]) => sk === name || sk.startsWith(prefix)) ?? []
    const stack = ledger.stacks.get(pk.slice('STACK#'.length))
    // A stack that is being deleted takes no plans any more.
    if (!counter || !counted || stack?.gone || stack?.record.status === 'DELETION_IN_PROGRESS') return
    const taken = Number(table.find(pk, counter)?.taken ?? 0)
    const there = table.items(pk).filter((item) => item.pk === pk && String(item.sk).startsWith(counted)).length
    if (taken < there) world.violate('storage', `${counter} of ${pk} says ${taken} and there are ${there}`)
  }
  table.onWrite(({ pk, sk }) => checkCount(pk, sk))

  /** Who reads what a runner answers, by the runner. */
  const readers = new Map<Actor, Actor>()
  runner.onStart((run) => readers.set(run.runner, run.reader))
  /** Written by a command, or for a worker, that died. */
  const isOrphaned = ({ by }: Writing) => {
    const responsible = by && (readers.get(by) ?? by)
    return responsible?.state === 'dead' && (by?.kind === 'api' || by?.kind === 'runner')
  }
  const isExcused = (writing: Writing) => isLate(writing) || isOrphaned(writing)
  const writers = new Map<string, Writing>()
  table.onWrite(({ pk, sk }) => writers.set(`${pk} ${sk}`, { by: currentActor(), putAtMs: world.nowMs() }))
  const leftItems = (stackId: string): Item[] =>
    table.items(`STACK#${stackId}`).filter(({ pk, sk }) => !isExcused(writers.get(`${pk} ${sk}`) as Writing))
  const checkGone = ({ id, name }: StackRecord) => {
    const blobs = [...bucket.blobs]
      .filter(([key]) => key.includes(`/stacks/${id}/`))
      .filter(([, blob]) => !isExcused(blob))
    if (blobs.length > 0)
      world.violate('storage', `${name} is deleted and left ${blobs.map(([key]) => key).join(', ')}`)
    const items = leftItems(id)
    if (items.length > 0)
      world.violate('storage', `${name} is deleted and left ${items.map(({ sk }) => sk).join(', ')}`)
  }
  return {
    finish: () => {
      for (const { gone, record } of ledger.stacks.values()) if (gone) checkGone(record)
    },
  }
}
