/** One function per operation of the contract, and the functions behind the queue and the clock. */
import { type CfnParameter, Duration } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { type Function as LambdaFunction, RecursiveLoop } from 'aws-cdk-lib/aws-lambda'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { VariableName } from '../../shared/aws/environment.ts'
import { asksWhoCalls, type Operation } from '../../shared/contract/operation.ts'
import { grantsFor, type JobAccess, type Resources } from './grants.ts'
import { addServiceFunction } from './service-function.ts'

export interface FunctionsProps {
  readonly operations: readonly Operation[]
  /** Bundled folder of a function by its name. */
  readonly folderOf: (name: string) => string
  readonly resources: Resources
  /** Consumed by the dead-letter function only. */
  readonly deadLetterQueue: Queue
  /** Variables of the API's functions. */
  readonly stackQuota: CfnParameter
  readonly planQuota: CfnParameter
  readonly templateQuota: CfnParameter
  readonly templateVersionQuota: CfnParameter
  readonly templateProfile: CfnParameter
  /** Roles that the worker may assume for the agencies of stacks. */
  readonly agencyRolePattern: CfnParameter
  readonly tokenIssuer: CfnParameter
  readonly tokenAudience: CfnParameter
  readonly tokenJwksUrl: CfnParameter
  readonly tokenClaims: CfnParameter
  readonly tokenRoles: CfnParameter
  readonly maxRequestBytes: CfnParameter
  readonly commandsPerMinute: CfnParameter
  readonly stacksInCreation: CfnParameter
  readonly plansInCreation: CfnParameter
  readonly stackUserProjects: CfnParameter
  readonly eventMessageCharacters: CfnParameter
  /** How long the worker lets a run of the engine take, and how long it may take itself. */
  readonly runnerTimeoutSeconds: CfnParameter
  readonly workerTimeoutSeconds: CfnParameter
}

type Settings = Readonly<Partial<Record<VariableName, string>>>

const workerAccess: readonly JobAccess[] = [
  'table:write',
  'bucket:read',
  'bucket:write',
  'bucket:list',
  'queue:send',
  'queue:consume',
  'runner:invoke',
  'job-secrets:read',
]

function operationSettings(props: FunctionsProps): Settings {
  return {
    STACK_QUOTA: props.stackQuota.valueAsString,
    PLAN_QUOTA: props.planQuota.valueAsString,
    TEMPLATE_QUOTA: props.templateQuota.valueAsString,
    TEMPLATE_VERSION_QUOTA: props.templateVersionQuota.valueAsString,
    TEMPLATE_PROFILE: props.templateProfile.valueAsString,
    STACKS_IN_CREATION: props.stacksInCreation.valueAsString,
    PLANS_IN_CREATION: props.plansInCreation.valueAsString,
    STACK_USER_PROJECTS: props.stackUserProjects.valueAsString,
  }
}

/** What a function needs to know about callers, where not everybody may call it. */
function guardSettings(props: FunctionsProps): Settings {
  return {
    TOKEN_ISSUER: props.tokenIssuer.valueAsString,
    TOKEN_AUDIENCE: props.tokenAudience.valueAsString,
    TOKEN_JWKS_URL: props.tokenJwksUrl.valueAsString,
    TOKEN_CLAIMS: props.tokenClaims.valueAsString,
    TOKEN_ROLES: props.tokenRoles.valueAsString,
    MAX_REQUEST_BYTES: props.maxRequestBytes.valueAsString,
    COMMANDS_PER_MINUTE: props.commandsPerMinute.valueAsString,
  }
}

/**
 * For functions that parse templates, of up to 1 MB: a syntax tree of so much takes 200 MB, and up to 700 if it was made to.
 * This is also a whole core, on which such a parse takes two seconds.
 */
const parsingMegabytes = 1769

export class Functions extends Construct {
  readonly ofOperation: ReadonlyMap<string, LambdaFunction>
  readonly worker: LambdaFunction
  readonly sweeper: LambdaFunction
  readonly deadLetter: LambdaFunction

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id)
    this.ofOperation = new Map(props.operations.map((operation) => [operation.id, this.addOperation(operation, props)]))
    this.worker = this.addWorker(props)
    this.sweeper = this.addSweeper(props)
    this.deadLetter = this.addDeadLetter(props)
  }

  private addOperation(operation: Operation, props: FunctionsProps): LambdaFunction {
    const { id, operationId, summary, access } = operation
    const guarded = asksWhoCalls(operation)
    const words: readonly JobAccess[] = guarded ? [...access, 'callers:read'] : access
    return addServiceFunction(this, operationId, {
      description: summary,
      folder: props.folderOf(id),
      // What API Gateway waits for at most.
      timeout: Duration.seconds(29),
      grants: grantsFor(words, props.resources),
      settings: { ...operationSettings(props), ...(guarded ? guardSettings(props) : {}) },
      ...(access.includes('fetcher:invoke') ? { special: { memorySize: parsingMegabytes } } : {}),
    })
  }

  private addWorker(props: FunctionsProps) {
    const { folderOf, resources, workerTimeoutSeconds, runnerTimeoutSeconds, eventMessageCharacters } = props
    const { statements, variables } = grantsFor(workerAccess, resources)
    const agencyRoles = new PolicyStatement({
      actions: ['sts:AssumeRole'],
      resources: [props.agencyRolePattern.valueAsString],
      // A role that anybody may assume without an external id is no agency.
      conditions: { Null: { 'sts:ExternalId': 'false' } },
    })
    return addServiceFunction(this, 'Worker', {
      description: 'Takes one job from the queue, has the runner run it, and commits the outcome.',
      folder: folderOf('worker'),
      timeout: Duration.seconds(workerTimeoutSeconds.valueAsNumber),
      grants: { statements: [...statements, agencyRoles], variables },
      settings: {
        RUNNER_TIMEOUT_SECONDS: runnerTimeoutSeconds.valueAsString,
        EVENT_MESSAGE_CHARACTERS: eventMessageCharacters.valueAsString,
      },
      // A deployment longer than a run sends its own job on. Lambda takes that for a runaway loop and stops it after 16
      // rounds, unless told; the job's deadline bounds it.
      special: { recursiveLoop: RecursiveLoop.ALLOW },
    })
  }

  private addSweeper({ folderOf, resources }: FunctionsProps) {
    const sweeper = addServiceFunction(this, 'Sweeper', {
      description:
        'Sends jobs again that nobody picked up, ends those past their deadline, and finishes what others left.',
      folder: folderOf('sweeper'),
      timeout: Duration.seconds(60),
      grants: grantsFor(['table:write', 'jobs:read', 'bucket:write', 'queue:send'], resources),
    })
    new Rule(this, 'EveryMinute', {
      description: 'Starts the sweeper.',
      schedule: Schedule.rate(Duration.minutes(1)),
      // The next one comes in a minute anyway.
      targets: [new FunctionTarget(sweeper, { retryAttempts: 0 })],
    })
    return sweeper
  }

  private addDeadLetter({ folderOf, resources, deadLetterQueue }: FunctionsProps) {
    const write = grantsFor(['table:write'], resources)
    const consume = grantsFor(['queue:consume'], { ...resources, queue: deadLetterQueue })
    return addServiceFunction(this, 'DeadLetter', {
      description: 'Ends the stack of a job that was given up, in the failed status that fits.',
      folder: folderOf('dead-letter'),
      timeout: Duration.seconds(60),
      grants: { statements: [...write.statements, ...consume.statements], variables: write.variables },
    })
  }
}
