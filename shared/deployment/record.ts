/**
 * The history of a stack's deployments: what was run, when, and how it ended. Written by whoever holds the job, before the
 * outcome is committed, and fenced as the job is: an attempt that was taken over changes nothing here any more.
 */
import { openTable, type Table } from '../aws/table.ts'
import { ClaimLost } from '../job/claim.ts'
import type { JobKind } from '../stack/lifecycle.ts'
import type { RunRef } from '../stack/record.ts'

export interface DeploymentStore {
  /**
   * Notes that an attempt begins; the first one's time stays. An end that an earlier one noted has not come about.
   * @throws ClaimLost when a later attempt has begun.
   */
  begin(stackId: string, attempt: RunRef, kind: JobKind, now: Date): Promise<void>
  /** @throws ClaimLost when another attempt has begun. */
  end(stackId: string, attempt: RunRef, outcome: string, now: Date): Promise<void>
  exists(stackId: string, deploymentId: string): Promise<boolean>
}

const keyOf = (stackId: string, deploymentId: string) => ({ pk: `STACK#${stackId}`, sk: `DEPLOYMENT#${deploymentId}` })

function beginning(attempt: number, kind: JobKind, now: Date) {
  return {
    text: 'SET #kind = :kind, attempt = :attempt, startedAt = if_not_exists(startedAt, :now) REMOVE #outcome, finishedAt',
    names: { '#kind': 'kind', '#outcome': 'outcome' },
    values: { ':kind': kind, ':attempt': attempt, ':now': now.toISOString() },
  }
}

export function openDeploymentStore(table: Table = openTable()): DeploymentStore {
  return {
    begin: async (stackId, { deploymentId, attempt }, kind, now) => {
      const noLater = { text: 'attribute_not_exists(attempt) OR attempt <= :attempt' }
      const written = await table.update(keyOf(stackId, deploymentId), beginning(attempt, kind, now), noLater)
      if (!written) throw new ClaimLost('a later attempt at the deployment has begun')
    },
    end: async (stackId, { deploymentId, attempt }, outcome, now) => {
      const written = await table.update(
        keyOf(stackId, deploymentId),
        {
          text: 'SET #outcome = :outcome, finishedAt = :now',
          names: { '#outcome': 'outcome' },
          values: { ':outcome': outcome, ':now': now.toISOString() },
        },
        { text: 'attempt = :attempt', values: { ':attempt': attempt } },
      )
      if (!written) throw new ClaimLost('another attempt at the deployment has begun')
    },
    exists: async (stackId, deploymentId) => (await table.get(keyOf(stackId, deploymentId))) !== undefined,
  }
}
