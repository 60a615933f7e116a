/**
 * The environment of an engine process, made from nothing: providers and provisioners are other people's programs, and
 * whatever the runner's own environment holds is none of their business.
 */
import { readdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Workspace } from './workspace.ts'

/** What provisioners and module sources (`git`) may need; the engine itself is started by its full path. */
const searchPath = '/opt/bin:/usr/local/bin:/usr/bin:/bin'

export interface EngineEnvironment {
  readonly workspace: Workspace
  /** A CLI configuration written for this run; absent for the engine's defaults. */
  readonly cliConfig?: string | undefined
  /** Variables of the providers that the stack's agencies are for. */
  readonly providers?: Readonly<Record<string, string>> | undefined
}

/**
 * The complete environment of one engine process. No plugin cache that outlives the run: the programs of one stack could
 * put theirs in it, and the engine takes what a cache has without asking the registry. What all runs share is the mirror.
 */
export function engineEnvironment({ workspace, cliConfig, providers }: EngineEnvironment): Record<string, string> {
  return {
    // First: no variable of a provider takes the place of one of ours.
    ...providers,
    HOME: workspace.home,
    TMPDIR: workspace.temporary,
    PATH: searchPath,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    CHECKPOINT_DISABLE: '1',
    // Relative, since a saved plan keeps the folders of modules and is carried out in another workspace.
    TF_DATA_DIR: relative(workspace.template, workspace.data),
    ...(cliConfig === undefined ? {} : { TF_CLI_CONFIG_FILE: cliConfig }),
  }
}

/**
 * Writes a CLI configuration that takes the providers of `mirror` (laid out `<host>/<namespace>/<type>/...`, as a layer
 * brings them) from there, and all others from their registries. The mirrored ones are excluded from the registries, so
 * that no network is asked about them.
 * @returns the file's path; undefined when there is no mirror or nothing in it.
 */
export async function writeCliConfig(workspace: Workspace, mirror: string): Promise<string | undefined> {
  const providers = await mirroredProviders(mirror)
  if (providers.length === 0) return undefined
  const list = JSON.stringify(providers)
  const path = join(workspace.home, 'engine.tfrc')
  await writeFile(
    path,
    `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = ${list}
  }
  direct {
    exclude = ${list}
  }
}
`,
  )
  return path
}

async function mirroredProviders(mirror: string): Promise<string[]> {
  const found: string[] = []
  for (const host of await foldersIn(mirror)) {
    for (const namespace of await foldersIn(join(mirror, host))) {
      for (const type of await foldersIn(join(mirror, host, namespace))) found.push(`${host}/${namespace}/${type}`)
    }
  }
  return found.sort()
}

async function foldersIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
