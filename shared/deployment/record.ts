/** The history of a stack's deployments: what was run, when, and how it ended. Written by the worker under its claim. */
import { openTable, type Table } from '../aws/table.ts'
import type { JobKind } from '../stack/lifecycle.ts'

export interface DeploymentStore {
  /** Notes that a job of the deployment began; the first one's time stays. */
  begin(stackId: string, deploymentId: string, kind: JobKind, now: Date): Promise<void>
  end(stackId: string, deploymentId: string, outcome: string, now: Date): Promise<void>
  exists(stackId: string, deploymentId: string): Promise<boolean>
}

const keyOf = (stackId: string, deploymentId: string) => ({ pk: `STACK#${stackId}`, sk: `DEPLOYMENT#${deploymentId}` })

export function openDeploymentStore(table: Table = openTable()): DeploymentStore {
  return {
    begin: async (stackId, deploymentId, kind, now) => {
      await table.update(keyOf(stackId, deploymentId), {
        text: 'SET #kind = :kind, startedAt = if_not_exists(startedAt, :now)',
        names: { '#kind': 'kind' },
        values: { ':kind': kind, ':now': now.toISOString() },
      })
    },
    end: async (stackId, deploymentId, outcome, now) => {
      await table.update(keyOf(stackId, deploymentId), {
        text: 'SET #outcome = :outcome, finishedAt = :now',
        names: { '#outcome': 'outcome' },
        values: { ':outcome': outcome, ':now': now.toISOString() },
      })
    },
    exists: async (stackId, deploymentId) => (await table.get(keyOf(stackId, deploymentId))) !== undefined,
  }
}
