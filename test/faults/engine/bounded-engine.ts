/**
 * The real engine behind a script that can lower the bounds of one run: the operating system then ends the engine as it
 * would on a host with so little memory or disk.
 */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface BoundedEngine {
  /** Absolute path of the script; the value of `RFS_ENGINE`. */
  readonly path: string
  /** From now on applies of a run get so little. */
  bound(run: string, what: 'memory' | 'disk'): Promise<void>
  unbound(run: string): Promise<void>
}

const memoryKilobytes = 80_000
/** Of 512 bytes: 64 KB in one file. */
const diskBlocks = 128

/** @param binary absolute path of the engine */
export async function boundedEngine(folder: string, binary: string): Promise<BoundedEngine> {
  const path = join(folder, 'bounded-engine')
  const bounds = join(folder, 'bounds')
  await mkdir(bounds, { recursive: true })
  const script = `#!/bin/sh
if [ "$1" = apply ]; then
  read -r _ _ run < main.tf
  [ -f "${bounds}/$run.memory" ] && ulimit -d ${memoryKilobytes}
  [ -f "${bounds}/$run.disk" ] && ulimit -f ${diskBlocks}
fi
exec "${binary}" "$@"
`
  await writeFile(path, script)
  await chmod(path, 0o755)
  return {
    path,
    bound: (run, what) => writeFile(join(bounds, `${run}.${what}`), ''),
    unbound: async (run) => {
      for (const what of ['memory', 'disk']) await rm(join(bounds, `${run}.${what}`), { force: true })
    },
  }
}
