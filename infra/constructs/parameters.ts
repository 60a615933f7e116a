/**
 * What whoever deploys may choose without a new synthesis: the local runtime and `cdk deploy --parameters` set the same ones.
 * They belong to the stack itself, so that their names in the template are exactly these.
 */
import { CfnParameter, CfnRule, Fn, type Stack } from 'aws-cdk-lib'

export type ServiceParameters = ReturnType<typeof declareParameters>

function numberParameter(stack: Stack, id: string, value: number, min: number, max: number, description: string) {
  return new CfnParameter(stack, id, {
    type: 'Number',
    default: value,
    minValue: min,
    maxValue: max,
    description,
    constraintDescription: `${id} must be a whole number from ${min} to ${max}.`,
  })
}

/** The times of one run. Lambda itself refuses a mapping whose queue hides messages for less than its function may run. */
function declareTimes(stack: Stack) {
  return {
    runnerTimeoutSeconds: numberParameter(
      stack,
      'RunnerTimeoutSeconds',
      840,
      1,
      900,
      'Seconds that one run of the engine may take. The job of a longer deployment goes on in the next delivery.',
    ),
    workerTimeoutSeconds: numberParameter(
      stack,
      'WorkerTimeoutSeconds',
      900,
      1,
      900,
      'Seconds that the worker may take for one delivery; more than RunnerTimeoutSeconds, so that it can save the outcome.',
    ),
    jobVisibilitySeconds: numberParameter(
      stack,
      'JobVisibilitySeconds',
      960,
      1,
      43_200,
      'Seconds until the job of a worker that died is delivered again; at least WorkerTimeoutSeconds.',
    ),
  }
}

/** The engine layer has a default so that a synthesis needs none, and a rule so that a deployment without it fails at once. */
function declareEngineLayer(stack: Stack) {
  const engineLayerArn = new CfnParameter(stack, 'EngineLayerArn', {
    type: 'String',
    default: '',
    allowedPattern: '^(|arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:layer:[A-Za-z0-9_-]+:[0-9]+)$',
    description: 'ARN of the layer version (arm64) that holds the engine as bin/tofu or bin/terraform.',
    constraintDescription:
      'EngineLayerArn must be the ARN of a layer version: arn:aws:lambda:REGION:ACCOUNT:layer:NAME:N.',
  })
  new CfnRule(stack, 'EngineLayerGiven', {
    assertions: [
      {
        assert: Fn.conditionNot(Fn.conditionEquals(engineLayerArn.valueAsString, '')),
        assertDescription:
          'EngineLayerArn is missing. Publish a layer for arm64 with the engine as bin/tofu or bin/terraform ' +
          'and deploy with --parameters EngineLayerArn=<its version ARN>.',
      },
    ],
  })
  return engineLayerArn
}

const textParameter = (stack: Stack, id: string, value: string, pattern: string, description: string, form: string) =>
  new CfnParameter(stack, id, {
    type: 'String',
    default: value,
    allowedPattern: pattern,
    description,
    constraintDescription: `${id} must be ${form}.`,
  })

/** Whose tokens are accepted; with the defaults, nobody's. */
function declareTokens(stack: Stack) {
  return {
    tokenIssuer: textParameter(
      stack,
      'TokenIssuer',
      '',
      '^[^\\s]*$',
      'Issuer (iss) of the tokens that X-Auth-Token may carry; empty to accept none.',
      'a text without blanks, or empty',
    ),
    tokenAudience: textParameter(
      stack,
      'TokenAudience',
      '',
      '^[^\\s]*$',
      'Audience (aud) that a token must name.',
      'a text without blanks, or empty',
    ),
    tokenJwksUrl: textParameter(
      stack,
      'TokenJwksUrl',
      '',
      '^(|https://[^\\s]+)$',
      "Address of the issuer's public keys (JWKS).",
      'an https address, or empty',
    ),
    tokenClaims: textParameter(
      stack,
      'TokenClaims',
      'domain=domain_id,project=project_id,roles=roles',
      '^[a-z]+=[^,=\\s]+(,[a-z]+=[^,=\\s]+)*$',
      'Claims that hold the domain, the project and the roles; a dot goes into an object.',
      'of the form domain=CLAIM,project=CLAIM,roles=CLAIM',
    ),
    tokenRoles: textParameter(
      stack,
      'TokenRoles',
      'full=full,plan=plan,read=read,heat_stack_user=server',
      '^[^,=\\s]+=(full|plan|read|server)(,[^,=\\s]+=(full|plan|read|server))*$',
      "What each of the issuer's roles may do here: everything, change stacks by reviewed plans, read, or fetch what a server is to run.",
      'of the form ROLE=full|plan|read|server,...',
    ),
  }
}

function declareRequestLimits(stack: Stack) {
  const number = (id: string, value: number, max: number, description: string) =>
    numberParameter(stack, id, value, 1, max, description)
  return {
    maxRequestBytes: number('MaxRequestBytes', 2_097_152, 5_242_880, 'Bytes that the body of a request may have.'),
    commandsPerMinute: number(
      'CommandsPerMinute',
      3000,
      1_000_000,
      'Commands that one project may send in a minute before it is answered 429; reads do not count.',
    ),
    eventMessageCharacters: numberParameter(
      stack,
      'EventMessageCharacters',
      4096,
      100,
      4096,
      "Characters of an event's message that are kept; the engine's own are cut at 4096 in any case.",
    ),
    stacksInCreation: number(
      'StacksInCreation',
      100,
      500,
      'Stacks of one project that may be deployed for the first time at the same time.',
    ),
    plansInCreation: number(
      'PlansInCreation',
      100,
      500,
      'Execution plans of one project that may be in the making at the same time.',
    ),
  }
}

/** Where templates and variables may be fetched from, beside the service's own bucket; with the defaults, from nowhere. */
function declareTemplateHosts(stack: Stack) {
  const host = '[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?'
  return {
    templateHosts: textParameter(
      stack,
      'TemplateHosts',
      '',
      `^(|(\\*?\\.)?${host}(,(\\*?\\.)?${host})*)$`,
      'Hosts that template_uri and vars_uri may lead to, by https on port 443; .example.com stands for all names below it.',
      'names of hosts, separated by commas without blanks',
    ),
    privateTemplateHosts: textParameter(
      stack,
      'PrivateTemplateHosts',
      '',
      `^(|${host}:[0-9]{1,5}(,${host}:[0-9]{1,5})*)$`,
      'Hosts that they may also lead to by http and at private addresses, each with its port; for private use and tests.',
      'of the form HOST:PORT, separated by commas without blanks',
    ),
  }
}

/** Declares all parameters of the service on its stack. */
export function declareParameters(stack: Stack) {
  return {
    stackQuota: numberParameter(stack, 'StackQuota', 100, 1, 100_000, 'Stacks that one project may have.'),
    planQuota: numberParameter(stack, 'PlanQuota', 100, 1, 10_000, 'Execution plans that one stack may have.'),
    templateQuota: numberParameter(stack, 'TemplateQuota', 100, 1, 100_000, 'Templates that one project may keep.'),
    // A template's item names all its versions, and an item of the table is 400 KB at most.
    templateVersionQuota: numberParameter(
      stack,
      'TemplateVersionQuota',
      100,
      1,
      1000,
      'Versions that one template may have.',
    ),
    templateProfile: new CfnParameter(stack, 'TemplateProfile', {
      type: 'String',
      default: 'hosted',
      allowedValues: ['hosted', 'open'],
      description: 'hosted restricts what a template may do; open is for installations whose users are trusted.',
      constraintDescription: 'TemplateProfile must be hosted or open.',
    }),
    ...declareTemplateHosts(stack),
    ...declareTimes(stack),
    agencyRolePattern: textParameter(
      stack,
      'AgencyRolePattern',
      'arn:aws:iam::000000000000:role/none',
      '^arn:aws[a-z-]*:iam::([0-9]{12}|\\*):role/[A-Za-z0-9_+=,.@/*-]+$',
      'ARN pattern of the roles that stacks may name as agencies, such as arn:aws:iam::*:role/rfs/*; the default is none.',
      'the ARN of a role, in which * stands for any text',
    ),
    ...declareTokens(stack),
    stackUserProjects: textParameter(
      stack,
      'StackUserProjects',
      '',
      '^(|(\\*|[\\w-]+)=(\\*|[\\w-]+)(,(\\*|[\\w-]+)=(\\*|[\\w-]+))*)$',
      'In which other project the software deployments of a project may show, whose servers then run them; * is any.',
      'of the form PROJECT=PROJECT,..., or empty',
    ),
    ...declareRequestLimits(stack),
    jobConcurrency: numberParameter(stack, 'JobConcurrency', 10, 2, 1000, 'Deployments that may run at the same time.'),
    engineLayerArn: declareEngineLayer(stack),
    throttlingRatePerSecond: numberParameter(
      stack,
      'ThrottlingRatePerSecond',
      100,
      1,
      10_000,
      'Requests per second that each method of the API takes before it answers 429.',
    ),
    throttlingBurst: numberParameter(
      stack,
      'ThrottlingBurst',
      200,
      1,
      5000,
      'Requests above the rate that each method of the API takes at once before it answers 429.',
    ),
    alarmTopicArn: new CfnParameter(stack, 'AlarmTopicArn', {
      type: 'String',
      default: '',
      allowedPattern: '^(|arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+)$',
      description: 'ARN of the SNS topic that alarms are sent to; empty to only show them.',
      constraintDescription: 'AlarmTopicArn must be the ARN of an SNS topic, or empty.',
    }),
  }
}
