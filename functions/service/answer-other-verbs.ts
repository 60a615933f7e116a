import { HeatError } from '../../shared/contract/heat-errors.ts'
import { operations } from '../../shared/contract/index.ts'
import { AnswerOtherVerbs } from '../../shared/contract/service.ts'
import { serve } from '../../shared/http/serve.ts'

/** To Heat the path without a server is that of a deployment of this name. */
const asHeatReadsIt = (route: string) => route.replace(/\/metadata$/, '/{deployment_id}')

/** The order in which Heat names them. */
const order = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

function verbsOf(route: string): string[] {
  return order.filter((verb) => operations.some(({ path, method }) => path === route && method === verb))
}

export const handler = serve(AnswerOtherVerbs, { operations: () => operations }, async (_, { route, method }) => {
  const verbs = verbsOf(asHeatReadsIt(route))
  if (method === 'OPTIONS') return { headers: { Allow: verbs.join(',') } }
  if (verbs.includes(method)) throw new HeatError('NotFound', 'Deployment with id metadata not found')
  throw new HeatError('VerbNotAllowed')
})
