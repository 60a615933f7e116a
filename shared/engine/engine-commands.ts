/** The engine's commands as this service uses them: what is run, and what its end means. */
import { type EngineExit, type EngineLimits, runEngine } from './engine-process.ts'
import type { EngineCommand } from './protocol.ts'
import { followOperations } from './quiet-moment.ts'
import type { RunReport } from './run-report.ts'
import type { Workspace } from './workspace.ts'

export interface EngineSetting {
  readonly binary: string
  readonly workspace: Workspace
  readonly report: RunReport
  readonly limits: Omit<EngineLimits, 'maxLineBytes'>
  /** From here on, or when the next operation may take longer than there is time, the engine is interrupted at a rest. */
  readonly quietFromMs?: number
}

type Environment = Readonly<Record<string, string>>

const longestLogLineBytes = 1024 * 1024
/** `show -json` writes the whole state or plan as one line. */
const longestShownBytes = 256 * 1024 * 1024

const logOptions = ['-input=false', '-no-color', '-json']
/** The store keeps every earlier state; a second copy in the workspace only costs time. */
const stateOptions = ['-backup=-']
const applyOptions = [...logOptions, ...stateOptions]

/** Whether the engine came to an end of its own, well or not: then its state holds what its log told. */
export function endedByItself({ code }: EngineExit): boolean {
  return code === 0 || code === 1
}

/** Installs modules and providers and sets the backend. */
export async function initialise(setting: EngineSetting, environment: Environment): Promise<EngineExit> {
  const exit = await runLogged(setting, environment, ['init', ...logOptions])
  if (exit.code === 0 || exit.interrupted || !isUnknownJsonFlag(exit, setting.report)) return exit
  return runLogged(setting, environment, ['init', ...logOptions.filter((option) => option !== '-json')])
}

/** Makes the resources what the template says, or removes them all. */
export function change(
  setting: EngineSetting,
  environment: Environment,
  command: Exclude<EngineCommand, 'plan'>,
  variableFiles: readonly string[],
): Promise<EngineExit> {
  return runLogged(setting, environment, [
    'apply',
    ...(command === 'destroy' ? ['-destroy'] : []),
    '-auto-approve',
    ...applyOptions,
    ...variableFiles.map((path) => `-var-file=${path}`),
  ])
}

/** Carries out the workspace's saved plan, which holds the values of its variables. */
export function changeAsPlanned(setting: EngineSetting, environment: Environment): Promise<EngineExit> {
  return runLogged(setting, environment, ['apply', ...applyOptions, setting.workspace.planFile])
}

/** Saves to the workspace what an apply would do. */
export function plan(
  setting: EngineSetting,
  environment: Environment,
  variableFiles: readonly string[],
): Promise<EngineExit> {
  return runLogged(setting, environment, [
    'plan',
    `-out=${setting.workspace.planFile}`,
    ...logOptions,
    ...variableFiles.map((path) => `-var-file=${path}`),
  ])
}

/** Takes an object that exists into the state, at an address that the template has and the state has not. */
export function importObject(
  setting: EngineSetting,
  environment: Environment,
  variableFiles: readonly string[],
  { address, id }: { address: string; id: string },
): Promise<EngineExit> {
  const files = variableFiles.map((path) => `-var-file=${path}`)
  return runQuietly(setting, environment, [
    'import',
    ...stateOptions,
    '-input=false',
    '-no-color',
    ...files,
    address,
    id,
  ])
}

/** Gives an instance of the state another address; the template does not matter. */
export function moveInstance(
  setting: EngineSetting,
  environment: Environment,
  from: string,
  to: string,
): Promise<EngineExit> {
  return runQuietly(setting, environment, ['state', 'mv', ...stateOptions, from, to])
}

/** Has the state forget an instance. */
export function forgetInstance(setting: EngineSetting, environment: Environment, address: string): Promise<EngineExit> {
  return runQuietly(setting, environment, ['state', 'rm', ...stateOptions, address])
}

/** The state as `show -json` writes it; undefined when the engine cannot show it. */
export function showState(setting: EngineSetting, environment: Environment): Promise<string | undefined> {
  return show(setting, environment, [])
}

/** The workspace's saved plan as `show -json` writes it; undefined when the engine cannot show it. */
export function showPlan(setting: EngineSetting, environment: Environment): Promise<string | undefined> {
  return show(setting, environment, [setting.workspace.planFile])
}

async function show(
  setting: EngineSetting,
  environment: Environment,
  what: readonly string[],
): Promise<string | undefined> {
  const lines: string[] = []
  let cut = false
  const args = ['show', '-json', '-no-color', ...what]
  const exit = await runEngine(
    { binary: setting.binary, args, folder: setting.workspace.template, environment },
    { ...setting.limits, maxLineBytes: longestShownBytes },
    (line) => {
      cut ||= line.cut
      lines.push(line.text)
    },
  )
  return exit.code === 0 && !cut ? lines.join('\n') : undefined
}

function runLogged(setting: EngineSetting, environment: Environment, args: readonly string[]): Promise<EngineExit> {
  const { report, limits, quietFromMs = Number.POSITIVE_INFINITY } = setting
  const operations = followOperations(limits.now)
  const quiet = new AbortController()
  const shutdown = limits.shutdown ? AbortSignal.any([limits.shutdown, quiet.signal]) : quiet.signal
  const mustRestFromMs = () => limits.interruptAtMs - operations.longestMs()
  report.beginCommand()
  return runEngine(
    { binary: setting.binary, args, folder: setting.workspace.template, environment },
    { ...limits, shutdown, maxLineBytes: longestLogLineBytes },
    (line, interrupted) => {
      if (operations.rest(line.text) && limits.now() >= Math.min(quietFromMs, mustRestFromMs())) quiet.abort()
      return report.engineLine(line.text, interrupted)
    },
  )
}

/** For commands without a log in JSON: only their end and their errors count. */
function runQuietly(setting: EngineSetting, environment: Environment, args: readonly string[]): Promise<EngineExit> {
  return runEngine(
    { binary: setting.binary, args, folder: setting.workspace.template, environment },
    { ...setting.limits, maxLineBytes: longestLogLineBytes },
    () => undefined,
  )
}

/** Older engines know no `init -json`; their words for that are the same in all versions of Go's flag package. */
function isUnknownJsonFlag(exit: EngineExit, report: RunReport): boolean {
  return [exit.errorText, ...report.findings.plainText].some((text) =>
    text.includes('flag provided but not defined: -json'),
  )
}
