import { readdir } from 'node:fs/promises'
import { expect, onTestFinished } from 'vitest'
import type { LogFields } from '../../../shared/aws/log.ts'
import { findEngine } from '../../../shared/engine/engine-binary.ts'
import type {
  EngineCommand,
  EngineEvent,
  Output,
  PlanItem,
  ResourceInstance,
  ResultLine,
  RunnerLine,
  RunnerRequest,
} from '../../../shared/engine/protocol.ts'
import { RunnerLine as RunnerLineSchema } from '../../../shared/engine/protocol.ts'
import { runDeployment } from '../../../shared/engine/run-deployment.ts'
import { unconfined } from '../../support/confinement.ts'
import { startStateServer } from './state-server.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface RunOptions {
  readonly command?: EngineCommand
  /** Carry out the saved plan. */
  readonly asPlanned?: boolean
  /** Text of main.tf, or all files by path. */
  readonly template: string | Readonly<Record<string, string>>
  readonly structure?: Readonly<Record<string, string>>
  readonly body?: string
  readonly stopAtMs?: number
  readonly hardStopAtMs?: number
  readonly searchPath?: string
  /** Off: as on a machine that cannot confine, so that a template can reach its own engine. */
  readonly confine?: boolean
  /** Aborted when the host asks the run to end early. */
  readonly shutdown?: AbortSignal
  /** Last change of the request before it is sent. */
  readonly adjust?: (request: RunnerRequest) => RunnerRequest
  readonly onLine?: (line: RunnerLine) => void | Promise<void>
}

export interface RunAnswer {
  readonly lines: RunnerLine[]
  readonly events: EngineEvent[]
  readonly resources: ResourceInstance[]
  readonly outputs: Output[]
  readonly items: PlanItem[]
  readonly result: ResultLine
  /** What the service's own log got. */
  readonly logged: { message: string; fields: LogFields | undefined }[]
}

/**
 * A stack of one test: the stores of its state and of its saved plan, the folder of its runs, that of its mirrored providers,
 * and a function that runs deployments and plans on it, each from the state before.
 */
export async function testStack() {
  const [store, plans] = [await startStateServer(), await startStateServer()]
  onTestFinished(async () => void (await Promise.all([store.stop(), plans.stop()])))
  const [folder, providers] = [await temporaryFolder(), await temporaryFolder()]
  const run = async (options: RunOptions): Promise<RunAnswer> => {
    const { template, structure = {}, body, command = 'apply', stopAtMs = Date.now() + 600_000 } = options
    const lines: RunnerLine[] = []
    const logged: RunAnswer['logged'] = []
    const log = (message: string, fields?: LogFields) => void logged.push({ message, fields })
    const files = typeof template === 'string' ? { 'main.tf': template } : template
    const request: RunnerRequest = {
      command,
      files: Object.entries(files).map(([path, content]) => ({ path, content })),
      variables: {
        structure: Object.entries(structure).map(([key, value]) => ({ key, value })),
        ...(body === undefined ? {} : { body }),
      },
      state: {
        ...(command === 'plan' ? {} : { writeUrl: store.url }),
        ...(store.stored ? { readUrl: store.url } : {}),
      },
      ...(command === 'plan' ? { plan: { writeUrl: plans.url } } : {}),
      ...(options.asPlanned ? { plan: { readUrl: plans.url } } : {}),
      stopAtMs,
    }
    await runDeployment(
      options.adjust?.(request) ?? request,
      (line) => {
        lines.push(RunnerLineSchema.parse(line))
        return options.onLine?.(line)
      },
      {
        findEngine: () =>
          findEngine({ chosen: process.env.RFS_ENGINE, searchPath: options.searchPath ?? process.env.PATH }),
        temporaryFolder: folder,
        providerMirror: providers,
        hiddenFolders: unconfined === undefined && options.confine !== false ? [folder] : undefined,
        hardStopAtMs: options.hardStopAtMs ?? Date.now() + 900_000,
        ...(options.shutdown ? { shutdown: options.shutdown } : {}),
        now: Date.now,
        log: { info: log, warn: log, error: log },
      },
    )
    return { ...sorted(lines), lines, logged }
  }
  return { run, store, plans, folder, providers }
}

function sorted(lines: readonly RunnerLine[]) {
  const events: EngineEvent[] = []
  const resources: ResourceInstance[] = []
  const outputs: Output[] = []
  const items: PlanItem[] = []
  for (const line of lines) {
    if (line.type === 'event') events.push(line.event)
    if (line.type === 'resource') resources.push(line.resource)
    if (line.type === 'output') outputs.push(line.output)
    if (line.type === 'item') items.push(line.item)
  }
  const result = lines.at(-1)
  if (result?.type !== 'result') throw new Error('the run gave no result')
  return { events, resources, outputs, items, result }
}

/** Types of the events, in their order. */
export const types = ({ events }: RunAnswer) => events.map(({ type }) => type)

/** Messages of the ERROR events. */
export const errors = ({ events }: RunAnswer) =>
  events.filter(({ type }) => type === 'ERROR').map(({ message }) => message)

/** Nothing of a run may be left, and none of its words may name a folder of ours. */
export async function expectClean(folder: string, ...answers: RunAnswer[]): Promise<void> {
  expect(await readdir(folder)).toEqual([])
  for (const { lines, logged } of answers) {
    expect(JSON.stringify(lines)).not.toMatch(/rfs-run-|engine-test-/)
    expect(JSON.stringify(lines)).not.toContain('capability')
    expect(JSON.stringify(logged)).not.toContain('capability')
  }
}
