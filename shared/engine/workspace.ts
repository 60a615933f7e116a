/**
 * The fresh folder of one run. The template has its own folder inside; state, variables, home and the engine's data lie
 * beside it, where no file of the template can shadow them.
 */
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { RunnerRequest, TemplateFile } from './protocol.ts'
import { RunFailure } from './run-failure.ts'

export interface Workspace {
  readonly root: string
  readonly template: string
  readonly stateFile: string
  /** The engine's saved plan, in runs that make or carry out one. */
  readonly planFile: string
  readonly variables: string
  readonly home: string
  readonly temporary: string
  /** The engine's own folder: modules, providers, backend settings (`TF_DATA_DIR`). */
  readonly data: string
}

/** How the names of workspaces begin. */
export const workspacePrefix = 'rfs-run-'

/** Makes an empty workspace, readable by nobody else, under `parent`. */
export async function createWorkspace(parent: string): Promise<Workspace> {
  const root = await realpath(await mkdtemp(join(parent, workspacePrefix)))
  const workspace = {
    root,
    template: join(root, 'template'),
    stateFile: join(root, 'state', 'terraform.tfstate'),
    planFile: join(root, 'execution.tfplan'),
    variables: join(root, 'variables'),
    home: join(root, 'home'),
    temporary: join(root, 'tmp'),
    data: join(root, 'data'),
  }
  const { template, stateFile, variables, home, temporary, data } = workspace
  await Promise.all([template, dirname(stateFile), variables, home, temporary, data].map((folder) => mkdir(folder)))
  return workspace
}

/**
 * Writes the template and, after it, the override that keeps the state in `stateFile` whatever backend or cloud block the
 * template has. A saved plan takes this setting along, so the path is relative: it is right in any workspace.
 * @returns paths that were left out, because the engine would take them for a state of its own.
 * @throws RunFailure
 */
export async function writeTemplate(workspace: Workspace, files: readonly TemplateFile[]): Promise<string[]> {
  for (const { path } of files) checkPath(path)
  const overrideName = stateOverrideName(files)
  const kept = files.filter(({ path }) => !isStateOfTemplate(path))
  for (const file of kept) await writeTemplateFile(workspace.template, file)
  await writeTemplateFile(workspace.template, { path: overrideName, content: stateOverride(workspace) })
  return files.filter(({ path }) => isStateOfTemplate(path)).map(({ path }) => path)
}

/**
 * Writes the variables as files for `-var-file`, which, unlike `-var`, only warns about undeclared ones.
 * @returns the files' paths, in the order in which later ones win.
 */
export async function writeVariables(workspace: Workspace, variables: RunnerRequest['variables']): Promise<string[]> {
  const paths: string[] = []
  const texts = [
    ['vars_uri.tfvars', variables.uriContent],
    ['vars_body.tfvars', variables.body],
  ] as const
  for (const [name, text] of texts) {
    if (text === undefined) continue
    paths.push(join(workspace.variables, name))
    await writeFile(paths.at(-1)!, text)
  }
  if (variables.structure.length > 0) {
    const values = Object.fromEntries(variables.structure.map(({ key, value }) => [key, value]))
    paths.push(join(workspace.variables, 'vars_structure.tfvars.json'))
    await writeFile(paths.at(-1)!, JSON.stringify(values))
  }
  return paths
}

/** Text without the workspace's paths: files of the template by their relative path, variables by their field's name. */
export function hideWorkspace(text: string, workspace: Workspace): string {
  const data = relative(workspace.template, workspace.data)
  const shown = ofThisRun(text, workspace)
    .replaceAll(`${data}/modules/`, 'modules/')
    .replaceAll(`${data}/providers/`, 'providers/')
  if (!shown.includes(workspace.root)) return shown
  return shown
    .replaceAll(join(workspace.variables, 'vars_structure.tfvars.json'), 'vars_structure')
    .replaceAll(join(workspace.variables, 'vars_body.tfvars'), 'vars_body')
    .replaceAll(join(workspace.variables, 'vars_uri.tfvars'), 'vars_uri')
    .replaceAll(`${workspace.template}/`, '')
    .replaceAll(workspace.template, '.')
    .replaceAll(`${workspace.data}/`, '')
    .replaceAll(`${workspace.root}/`, '')
    .replaceAll(workspace.root, '.')
}

/** Paths of another run's workspace, which a saved plan may hold, become those of this one. */
function ofThisRun(text: string, { root }: Workspace): string {
  const prefix = join(dirname(root), workspacePrefix)
  if (!text.includes(prefix)) return text
  return text.split(prefix).reduce((shown, rest) => `${shown}${root}${rest.replace(/^\w{6}/, '')}`)
}

/** Removes the workspace, or the folder of all of them, also folders that a provisioner made unwritable. */
export async function removeWorkspace(workspace: Pick<Workspace, 'root'>): Promise<void> {
  const remove = () => rm(workspace.root, { recursive: true, force: true, maxRetries: 3 })
  try {
    await remove()
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    await openFolders(workspace.root)
    await remove()
  }
}

async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(folder, entry.name))
  }
}

function checkPath(path: string): void {
  const segments = path.split('/')
  const bad = segments.some((segment) => segment === '' || segment === '.' || segment === '..')
  if (bad || /[\0\\]/.test(path)) {
    throw new RunFailure(`The template has a file with an unusable path: ${JSON.stringify(path)}.`)
  }
}

async function writeTemplateFile(folder: string, file: TemplateFile): Promise<void> {
  const target = join(folder, file.path)
  try {
    await mkdir(dirname(target), { recursive: true })
    // Exclusive: nothing that exists, a link least of all, is written through.
    await writeFile(target, file.content, { flag: 'wx', encoding: file.encoding ?? 'utf8' })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new RunFailure(`The template has two files in each other's place: ${JSON.stringify(file.path)}.`)
    }
    if (code === 'ENAMETOOLONG') {
      throw new RunFailure(`The template has a file whose name is too long: ${JSON.stringify(file.path)}.`)
    }
    throw error
  }
}

/** The service keeps the state; one that lies in the template would make `init` ask whether to take it over. */
function isStateOfTemplate(path: string): boolean {
  return /^terraform\.tfstate(\.backup$|\.d\/|$)/.test(path)
}

function stateOverride({ template, stateFile }: Workspace): string {
  return `terraform {
  backend "local" {
    path = ${JSON.stringify(relative(template, stateFile))}
  }
}
`
}

/**
 * A name that makes ours the last override file. The engine merges override files in byte order of their names, and the
 * last backend wins, also over a `cloud` block. Tildes sort after all other printable ASCII characters.
 * Sources: Terraform "Override Files", "Merging `terraform` blocks".
 * @throws RunFailure when an override file of the template would still come later.
 */
function stateOverrideName(files: readonly TemplateFile[]): string {
  const tildes = files.map(({ path }) => /^~*/.exec(path)![0].length)
  const name = `${'~'.repeat(Math.max(0, ...tildes) + 1)}rfs_override.tf`
  const later = files.find(
    ({ path }) =>
      /(^|_)override\.(tf|tofu)(\.json)?$/.test(path) && Buffer.compare(Buffer.from(path), Buffer.from(name)) > 0,
  )
  if (later && !later.path.includes('/')) {
    throw new RunFailure(
      `The template has an override file whose name is not usable here: ${JSON.stringify(later.path)}. Begin it with a letter or digit.`,
    )
  }
  return name
}
