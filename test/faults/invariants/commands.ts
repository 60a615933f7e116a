/** Commands: accepted ones take effect and end, repetitions do nothing twice, expired plans are refused. */
import type { PlanRecord } from '../../../shared/plan/record.ts'
import type { StackRecord } from '../../../shared/stack/record.ts'
import type { Api, SentRequest } from '../scenario/api.ts'
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

const isAccepted = ({ answer }: SentRequest) => answer !== undefined && answer.status < 300

export function watchCommands({ world, table, bucket }: Services, ledger: Ledger, api: Api): { finish(): void } {
  const plansSeen = new Set<string>()
  ledger.onPlan(({ after }) => {
    if (after) plansSeen.add(after.id)
  })

  const ofRequest = ({ fingerprint }: SentRequest): DeploymentHistory[] =>
    [...ledger.deployments.values()].filter((deployment) => deployment.fingerprint === fingerprint)

  /** The deployment that the same request had started before, if it was at work for all of this one's time. */
  const atWork = (request: SentRequest): DeploymentHistory | undefined =>
    ofRequest(request).find(
      ({ begunAtMs, endedAtMs }) =>
        begunAtMs < request.sentAtMs && (endedAtMs === undefined || endedAtMs > (request.answeredAtMs ?? 0)),
    )

  api.onAnswer((request) => {
    const { operation, answer } = request
    if (!answer) return
    if (answer.status >= 500 && !request.faulted && bucket.lost.size === 0) {
      world.violate(
        'answers',
        `${operation.operationId} was answered ${answer.status} though nothing had gone wrong with it`,
      )
    }
    const first = atWork(request)
    const { deployment_id: deploymentId, execution_plan_id: planId } = answer.body
    // A server error is an answer that says nothing.
    if (first && answer.status < 500 && (!isAccepted(request) || (deploymentId && deploymentId !== first.id))) {
      const got = JSON.stringify(answer.body)
      world.violate(
        'oneEffect',
        `a repetition of ${operation.operationId} (${first.id}) was answered ${answer.status} ${got}`,
      )
    }
    if (!isAccepted(request)) return
    if (operation.operationId === 'CancelStackDeployment') {
      const wanted = ledger.deployments.get(String(deploymentId))
      if (!wanted?.cancelled)
        world.violate('oneEffect', `the cancellation of ${deploymentId} was accepted and marked nowhere`)
      return
    }
    const begun = ofRequest(request)
    const promised = deploymentId === undefined ? startsJob.has(operation.operationId) : true
    if (promised && (begun.length === 0 || (deploymentId && !begun.some(({ id }) => id === deploymentId)))) {
      world.violate('oneEffect', `${operation.operationId} was accepted and started nothing`)
    }
    if (planId !== undefined && !plansSeen.has(String(planId))) {
      world.violate('oneEffect', `the execution plan ${planId} was accepted and is nowhere`)
    }
  })

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

  const isForgotten = (stack: StackRecord | undefined, deployment: DeploymentHistory) =>
    deployment.endedAtMs === undefined && stack?.job?.deploymentId !== deployment.id
  /** The history must say of a deployment that ended what the stack said then. */
  const checkHistory = ({ id, stackId, endedAs = '', cancelled }: DeploymentHistory) => {
    const { outcome } = table.find(`STACK#${stackId}`, `DEPLOYMENT#${id}`) ?? {}
    const expected = /_FAILED$/.test(endedAs) ? ['failed', ...(cancelled ? ['cancelled'] : [])] : ['succeeded']
    if (!expected.includes(String(outcome))) {
      world.violate('oneEffect', `deployment ${id} ended as ${endedAs}; its history says ${outcome}`)
    }
  }
  return {
    finish: () => {
      for (const deployment of ledger.deployments.values()) {
        const stack = ledger.stacks.get(deployment.stackId)
        if (stack && !stack.gone && !stack.erased && deployment.endedAtMs !== undefined) checkHistory(deployment)
        if (isForgotten(stack?.gone ? undefined : stack?.record, deployment)) {
          world.violate('oneEffect', `deployment ${deployment.id} began and was forgotten`)
        }
      }
    },
  }
}
