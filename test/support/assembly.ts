/** Synthesizes the service once for all test files that run it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { synthesize } from '../../infra/app.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the synthesized assembly. */
    assembly: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'rfs-assembly-'))
  project.provide('assembly', await synthesize(folder))
  return () => rm(folder, { recursive: true, force: true })
}
