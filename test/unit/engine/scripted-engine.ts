import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findEngine } from '../../../shared/engine/engine-binary.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A folder with an engine that is a script; `real` is the real engine's path. */
export async function scriptedEngine(script: (real: string) => string): Promise<string> {
  const real = await findEngine({ chosen: process.env.RFS_ENGINE, searchPath: process.env.PATH })
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'tofu'), `#!/bin/sh\n${script(real)}\n`, { mode: 0o755 })
  return folder
}
