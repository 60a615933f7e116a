/** The functions of the installation: the service's own, loaded once. */
import type { Operation } from '../../shared/contract/operation.ts'
import type { ApiHandler } from '../../shared/http/serve.ts'
import type { JobFunctions } from './simulation/services.ts'

type Declared = Pick<Operation, keyof Operation>

export interface Functions {
  readonly jobs: JobFunctions
  readonly handlerOf: (operation: Declared) => ApiHandler
}

const load = async <Exported>(name: string): Promise<Exported> =>
  ((await import(`../../functions/${name}.ts`)) as { handler: Exported }).handler

/** Loads them; the hooks must be set before. */
export async function loadFunctions(): Promise<Functions> {
  const { operations } = await import('../../shared/contract/index.ts')
  const used = operations.filter(({ group }) => group === 'stacks' || group === 'execution-plans')
  const handlers = new Map<string, ApiHandler>()
  for (const { id, group } of used) handlers.set(id, await load<ApiHandler>(`${group}/${id}`))
  return {
    jobs: {
      worker: await load('jobs/worker'),
      deadLetter: await load('jobs/dead-letter'),
      sweeper: await load('jobs/sweeper'),
    },
    handlerOf: ({ id, operationId }) => {
      const handler = handlers.get(id)
      if (!handler) throw new Error(`${operationId} is not part of the simulation`)
      return handler
    },
  }
}
