/** The parameters of the simulated installation, with the template's defaults where a schedule does not need smaller ones. */

export const settings = {
  workerTimeoutSeconds: 900,
  runnerTimeoutSeconds: 840,
  jobVisibilitySeconds: 960,
  deadLetterVisibilitySeconds: 360,
  mostReceives: 5,
  apiTimeoutSeconds: 29,
  sweeperTimeoutSeconds: 60,
  sweepEverySeconds: 60,
  deadLetterTimeoutSeconds: 60,
  jobConcurrency: 3,
  stackQuota: 3,
  planQuota: 2,
  stacksInCreation: 2,
  plansInCreation: 2,
} as const

/** What the functions find in their environment. Values that name things of the outside are never resolved. */
export const functionEnvironment: Readonly<Record<string, string>> = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'simulated',
  AWS_SECRET_ACCESS_KEY: 'simulated',
  TABLE_NAME: 'simulated-table',
  BUCKET_NAME: 'simulated-bucket',
  QUEUE_URL: 'https://queue.invalid/jobs',
  RUNNER_FUNCTION_NAME: 'simulated-runner',
  FETCHER_FUNCTION_NAME: 'nobody-fetches',
  TEMPLATE_PROFILE: 'open',
  EVENT_MESSAGE_CHARACTERS: '4096',
  RUNNER_TIMEOUT_SECONDS: String(settings.runnerTimeoutSeconds),
  STACK_QUOTA: String(settings.stackQuota),
  PLAN_QUOTA: String(settings.planQuota),
  STACKS_IN_CREATION: String(settings.stacksInCreation),
  PLANS_IN_CREATION: String(settings.plansInCreation),
  // 32 bytes: nothing is encrypted with it.
  RFS_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
}
