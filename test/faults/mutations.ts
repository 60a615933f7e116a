/**
 * Breaks the service on purpose, to see that the invariants notice. Each is a small edit of one file, made while the file is
 * loaded; the code itself knows nothing of it.
 */
import type { InvariantName } from './invariants/names.ts'

export interface Mutation {
  readonly name: string
  /** Path from the root of the repository. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly from: string
  readonly to: string
  /** The invariants that may notice first. */
  readonly breaks: readonly InvariantName[]
  /** A schedule that caught it when it was written; tried before the others. */
  readonly seed: number
}

export const mutations: readonly Mutation[] = [
  {
    name: 'no fencing',
    file: 'shared/job/claim.ts',
    from: 'return job?.id === mine.job.id && job.attempt === mine.job.attempt && job.claim?.token === mine.job.claim?.token',
    to: 'return job?.id === mine.job.id',
    breaks: ['oneWriter'],
    seed: 71,
  },
  {
    name: 'acknowledged before commit',
    file: 'functions/jobs/worker.ts',
    from: 'await perform(opened, jobLog, message, deadlines(context))',
    to: 'void perform(opened, jobLog, message, deadlines(context))',
    breaks: ['acknowledged', 'ended'],
    seed: 1,
  },
  {
    name: 'acknowledged after a failure',
    file: 'functions/jobs/worker.ts',
    from: 'return false\n',
    to: 'return true\n',
    breaks: ['acknowledged'],
    seed: 1,
  },
  {
    name: 'no sweeper',
    file: 'functions/jobs/sweeper.ts',
    from: 'await sweep(opened)',
    to: '{ failures: [] as unknown[] }',
    breaks: ['ended'],
    seed: 1,
  },
  {
    name: 'state pointer moved without claim',
    file: 'shared/deployment/conclude.ts',
    from: '  const before = stillMine(',
    to: `  const seen = await stacks.find(claimed.project, claimed.name)
  if (seen && run.trace.stateKey) await stacks.commit(seen, { ...seen, stateKey: run.trace.stateKey })
  const before = stillMine(`,
    breaks: ['oneWriter', 'storage', 'known', 'madeOnce'],
    seed: 14,
  },
  {
    name: 'plans never expire',
    file: 'shared/plan/lifecycle.ts',
    from: 'plan.generation !== stackGeneration',
    to: 'plan.generation < 0',
    breaks: ['expired'],
    seed: 5,
  },
  {
    name: 'leases are not looked at',
    file: 'shared/job/record.ts',
    from: 'return claim !== undefined && claim.hostId === hostId && Date.parse(claim.leaseUntil) > now.getTime()',
    to: 'return claim === undefined && hostId !== hostId && now.getTime() < 0',
    breaks: ['oneWriter'],
    seed: 3,
  },
  {
    name: 'versions are not compared',
    file: 'shared/aws/versioned-items.ts',
    from: "'#id = :id AND #version = :version'",
    to: "'#id = :id AND (#version = :version OR #version > :version)'",
    breaks: ['oneWriter', 'oneEffect', 'storage', 'expired', 'madeOnce', 'known'],
    seed: 34,
  },
  {
    name: 'snapshots of dead attempts are not looked for',
    file: 'shared/deployment/work.ts',
    from: 'if (!unsettled) return {}',
    to: 'if (stack.stateKey !== null) return {}\n  if (!unsettled) return {}',
    breaks: ['known', 'madeOnce'],
    seed: 1,
  },
  {
    name: 'nothing is adopted',
    file: 'shared/deployment/journal.ts',
    from: 'if (!since) return',
    to: 'if (stack.id) return { entries: [], leftOut: 0 }\n  if (!since) return',
    breaks: ['known', 'madeOnce'],
    seed: 51,
  },
  {
    name: 'events are written after the lease',
    file: 'shared/deployment/event-writer.ts',
    from: "clock.now().toISOString() > (claim?.leaseUntil ?? '')",
    to: "clock.now().toISOString() > 'never'",
    breaks: ['events'],
    seed: 15,
  },
  {
    name: 'the outcome does not wait for its events',
    file: 'shared/deployment/conclude.ts',
    from: '  await flushPatiently(events)\n',
    to: '',
    breaks: ['events'],
    seed: 1,
  },
  {
    name: 'repeated requests are not recognised',
    file: 'shared/deployment/submit.ts',
    from: 'return stack.job && stack.lastCommand?.fingerprint === fingerprint ? stack.lastCommand : undefined',
    to: 'return stack.job && stack.lastCommand?.fingerprint === stack.id ? stack.lastCommand : undefined',
    breaks: ['oneEffect'],
    seed: 1,
  },
  {
    name: 'a place is given back before the stack is gone',
    file: 'shared/deployment/conclude.ts',
    from: 'if (await removeClaimed(deps.stacks, stack)) await deps.quota.release(stack.project, deps.clock.now(), mark)',
    to: 'await deps.quota.release(stack.project, deps.clock.now(), mark)\n  await removeClaimed(deps.stacks, stack)',
    breaks: ['storage'],
    seed: 1,
  },
]
