/** Runs schedules on a service that is broken on purpose, until an invariant notices. */
import type { InvariantName } from './invariants/names.ts'
import { type Mutation, mutations } from './mutations.ts'
import { runOrder, runTogether } from './run-schedules.ts'

export interface MutationResult {
  readonly mutation: Mutation
  /** Schedules that were run; the last one caught it, if any did. */
  readonly schedules: number
  readonly caughtBy?: InvariantName
  readonly seed?: number
  readonly what?: string
  /** What else went wrong: the mutation does not fit the code, or the simulation broke on it. */
  readonly defect?: string
}

async function runMutation(mutation: Mutation, seeds: readonly number[]): Promise<MutationResult> {
  const { reports, defects } = await runOrder({ seeds, mutation: mutation.name })
  const caught = reports.find(({ violations }) => violations.length > 0)
  const [violation] = caught?.violations ?? []
  const defect = defects[0]?.reason
  return {
    mutation,
    schedules: reports.length,
    ...(caught && violation ? { caughtBy: violation.invariant, seed: caught.seed, what: violation.what } : {}),
    ...(defect ? { defect } : {}),
  }
}

/** Caught as it should be: by an invariant that it breaks. */
export function isCaught({ mutation, caughtBy, defect }: MutationResult): boolean {
  return defect === undefined && caughtBy !== undefined && mutation.breaks.includes(caughtBy)
}

/** @param bound schedules that each mutation gets at most */
export function runMutations(bound: number, onResult?: () => void): Promise<MutationResult[]> {
  const seedsOf = ({ seed }: Mutation) => [...new Set([seed, ...Array.from({ length: bound }, (_, at) => at + 1)])]
  return runTogether(
    mutations.map((mutation) => async () => {
      const result = await runMutation(mutation, seedsOf(mutation).slice(0, bound))
      onResult?.()
      return result
    }),
  )
}
