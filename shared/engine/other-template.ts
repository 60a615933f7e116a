/** A run's state under another template than its own: a second template folder in the same workspace. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { initialise } from './engine-commands.ts'
import { engineEnvironment } from './engine-environment.ts'
import type { TemplateInputs } from './protocol.ts'
import { engineSetting, type Run } from './run.ts'
import { RunFailure } from './run-failure.ts'
import { createReport } from './run-report.ts'
import { hideWorkspace, type Workspace, writeTemplate, writeVariables } from './workspace.ts'

/** @returns what is said against it, when it cannot be used. */
export async function openOtherTemplate(
  run: Run,
  at: number,
  { files, variables }: TemplateInputs,
): Promise<Run | { refusal: string }> {
  const workspace = await makeFolders(run.workspace, `other-${at}`)
  // What the engine says about it is not the run's business, except why it is refused.
  const report = createReport({
    emit: () => undefined,
    hidePaths: (message) => hideWorkspace(message, workspace),
    now: run.host.now,
  })
  try {
    await writeTemplate(workspace, files)
    const other: Run = { ...run, workspace, report, variableFiles: await writeVariables(workspace, variables) }
    const exit = await initialise(engineSetting(other), engineEnvironment(other))
    if (exit.code === 0) return other
    return { refusal: report.findings.firstError ?? 'the engine refused the template' }
  } catch (error) {
    if (error instanceof RunFailure) return { refusal: error.message }
    throw error
  }
}

/** Folders of its own for what belongs to a template; the state and everything else is shared. */
async function makeFolders(workspace: Workspace, name: string): Promise<Workspace> {
  const root = join(workspace.root, name)
  const folders = { template: join(root, 'template'), variables: join(root, 'variables'), data: join(root, 'data') }
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true })
  return { ...workspace, ...folders }
}
