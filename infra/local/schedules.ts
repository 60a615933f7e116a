/** EventBridge rules with a rate: invokes their functions on time, or at once on demand. */
import { randomUUID } from 'node:crypto'
import type { ScheduleDefinition } from './cloud-model.ts'
import type { InvocationResult } from './lambda-host.ts'
import { localAccountId, localRegion } from './physical-names.ts'

export type Schedules = {
  /** Invokes every target once and waits. @throws Error when a function fails */
  fire(): Promise<void>
  stop(): void
}

export type SchedulesInput = {
  definitions: ScheduleDefinition[]
  /** Whether the clock fires them, or `fire` only. */
  timed: boolean
  invoke: (functionName: string, payload: string) => Promise<InvocationResult>
  nowMs: () => number
  report: (line: string) => void
}

const secondsOf: Record<string, number> = { minute: 60, hour: 3600, day: 86_400 }

/** @throws Error for anything but `rate(<n> minutes|hours|days)`; cron expressions are not run locally */
export function readRateSeconds(logicalId: string, expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? []
  const seconds = Number(count) * (secondsOf[unit ?? ''] ?? 0)
  if (!seconds) throw new Error(`${logicalId}: the schedule "${expression}" is not a rate`)
  return seconds
}

export function startSchedules(input: SchedulesInput): Schedules {
  const timers = input.timed
    ? input.definitions.map((definition) =>
        setInterval(() => {
          fire(input, definition).catch((error: Error) => input.report(error.message))
        }, definition.rateSeconds * 1000).unref(),
      )
    : []
  return {
    fire: async () => {
      await Promise.all(input.definitions.map((definition) => fire(input, definition)))
    },
    stop: () => {
      for (const timer of timers) clearInterval(timer)
    },
  }
}

async function fire({ invoke, nowMs }: SchedulesInput, { logicalId, arn, targets }: ScheduleDefinition): Promise<void> {
  for (const { functionName, input } of targets) {
    const result = await invoke(functionName, input ?? JSON.stringify(buildScheduledEvent(arn, nowMs())))
    if (result.error) throw new Error(`the schedule ${logicalId}: ${functionName}: ${result.error.errorMessage}`)
  }
}

/** EventBridge's event for a scheduled rule. */
function buildScheduledEvent(ruleArn: string, atMs: number) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: localAccountId,
    time: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
    region: localRegion,
    resources: [ruleArn],
    detail: {},
  }
}
