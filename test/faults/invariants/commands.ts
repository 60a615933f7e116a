/** Commands: accepted ones take effect and end, repetitions do nothing twice, expired plans are refused. */
import type { PlanRecord } from '../../../shared/plan/record.ts'
import type { Api, ApiAnswer, SentRequest } from '../scenario/api.ts'
import type { Services } from '../simulation/services.ts'
import type { DeploymentHistory, Ledger } from './ledger.ts'

/** Commands that start a job whenever they are accepted. */
const startsJob: ReadonlySet<string> = new Set([
  'DeployStack',
  'ContinueDeployStack',
  'ContinueRollbackStack',
  'DeleteStack',
  'DeleteStackEnhanced',
  'ApplyExecutionPlan',
])

function ofRequest(ledger: Ledger, { fingerprint }: SentRequest): DeploymentHistory[] {
  return [...ledger.deployments.values()].filter((deployment) => deployment.fingerprint === fingerprint)
}

/** The deployment that the same request had started before, if it was at work for all of this one's time. */
function atWork(ledger: Ledger, request: SentRequest): DeploymentHistory | undefined {
  return ofRequest(ledger, request).find(
    ({ begunAtMs, endedAtMs }) =>
      begunAtMs < request.sentAtMs && (endedAtMs === undefined || endedAtMs > (request.answeredAtMs ?? 0)),
  )
}

/** What is wrong with the answer to a repetition. */
function repeatedOtherwise(ledger: Ledger, request: SentRequest, { status, body }: ApiAnswer): string | undefined {
  const first = atWork(ledger, request)
  // A server error is an answer that says nothing.
  if (!first || status >= 500) return undefined
  const same = status < 300 && (body.deployment_id === undefined || body.deployment_id === first.id)
  return same ? undefined : `a repetition (the first began ${first.id}) was answered ${status} ${JSON.stringify(body)}`
}

/** What is wrong with an acceptance: what was promised must have begun by now. */
function unkept(ledger: Ledger, plans: ReadonlySet<string>, request: SentRequest, body: ApiAnswer['body']) {
  const { operationId } = request.operation
  const { deployment_id: deploymentId, execution_plan_id: planId } = body
  if (operationId === 'CancelStackDeployment') {
    const wanted = ledger.deployments.get(String(deploymentId))
    return wanted?.cancelled ? undefined : `the cancellation of ${deploymentId} was accepted and marked nowhere`
  }
  if (planId !== undefined && !plans.has(String(planId))) return `the execution plan ${planId} is nowhere`
  if (deploymentId === undefined && !startsJob.has(operationId)) return undefined
  const begun = ofRequest(ledger, request)
  const kept = deploymentId === undefined ? begun.length > 0 : begun.some(({ id }) => id === deploymentId)
  return kept ? undefined : 'it was accepted and began nothing'
}

function watchAnswers({ world, bucket }: Services, ledger: Ledger, api: Api): void {
  const plans = new Set<string>()
  ledger.onPlan(({ after }) => {
    if (after) plans.add(after.id)
  })
  api.onAnswer((request) => {
    const { operation, answer, faulted } = request
    if (!answer) return
    if (answer.status >= 500 && !faulted && bucket.lost.size === 0) {
      world.violate('answers', `${operation.operationId} was answered ${answer.status}, and nothing had gone wrong`)
    }
    const wrong =
      repeatedOtherwise(ledger, request, answer) ??
      (answer.status < 300 ? unkept(ledger, plans, request, answer.body) : undefined)
    if (wrong) world.violate('oneEffect', `${operation.operationId}: ${wrong}`)
  })
}

function watchAppliedPlans({ world, table }: Services, ledger: Ledger): void {
  ledger.onStack(({ by, before, after }) => {
    const plan = after?.job?.plan
    if (!plan || before?.job) return
    const found = table.find(`STACK#${after.id}`, `PLAN#${plan.name}`) as PlanRecord | undefined
    // A plan that was deleted meanwhile was available when it was applied.
    if (found?.id !== plan.id) return
    if (found.generation !== before?.generation || found.status !== 'AVAILABLE') {
      const at = `${found.status} of generation ${found.generation}, the stack had ${before?.generation}`
      world.violate('expired', `${by?.name} began to apply plan ${plan.name}: ${at}`)
    }
  })
}

/** What the history must say of a deployment that ended as the stack said then. */
function outcomesOf({ endedAs = '', cancelled }: DeploymentHistory): string[] {
  return endedAs.endsWith('_FAILED') ? ['failed', ...(cancelled ? ['cancelled'] : [])] : ['succeeded']
}

export function watchCommands(services: Services, ledger: Ledger, api: Api): { finish(): void } {
  const { world, table } = services
  watchAnswers(services, ledger, api)
  watchAppliedPlans(services, ledger)
  const check = (deployment: DeploymentHistory) => {
    const { id, stackId, endedAtMs, endedAs } = deployment
    const stack = ledger.stacks.get(stackId)
    const isOver = endedAtMs !== undefined
    if (!isOver && (stack?.gone || stack?.record.job?.deploymentId !== id)) {
      world.violate('oneEffect', `deployment ${id} began and was forgotten`)
    }
    const { outcome } = table.find(`STACK#${stackId}`, `DEPLOYMENT#${id}`) ?? {}
    const isKept = stack && !stack.gone && !stack.erased
    if (isOver && isKept && !outcomesOf(deployment).includes(String(outcome))) {
      world.violate('oneEffect', `deployment ${id} ended as ${endedAs}; its history says ${outcome}`)
    }
  }
  return { finish: () => [...ledger.deployments.values()].forEach(check) }
}
