import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findEngine } from '../../../shared/engine/engine-binary.ts'
import { RunFailure } from '../../../shared/engine/run-failure.ts'
import { temporaryFolder } from './temporary-folder.ts'

async function program(folder: string, name: string, mode = 0o755): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, name), '#!/bin/sh\n')
  await chmod(join(folder, name), mode)
  return join(folder, name)
}

describe('the engine', () => {
  it('is tofu before terraform, wherever on the path they are', async () => {
    const folder = await temporaryFolder()
    const terraform = await program(join(folder, 'first'), 'terraform')
    const searchPath = `${join(folder, 'first')}:${join(folder, 'second')}`
    expect(await findEngine({ chosen: undefined, searchPath })).toBe(terraform)
    const tofu = await program(join(folder, 'second'), 'tofu')
    expect(await findEngine({ chosen: undefined, searchPath })).toBe(tofu)
  })

  it('is the chosen one, by path or by name', async () => {
    const folder = await temporaryFolder()
    await program(folder, 'tofu')
    const terraform = await program(folder, 'terraform')
    expect(await findEngine({ chosen: terraform, searchPath: '' })).toBe(terraform)
    expect(await findEngine({ chosen: 'terraform', searchPath: folder })).toBe(terraform)
  })

  it('is never another one than the chosen', async () => {
    const folder = await temporaryFolder()
    await program(folder, 'terraform')
    const looking = findEngine({ chosen: join(folder, 'tofu-1.9'), searchPath: folder })
    await expect(looking).rejects.toThrow(RunFailure)
    await expect(looking).rejects.toThrow(/chosen by RFS_ENGINE/)
  })

  it('is missed with a word on what to do', async () => {
    const folder = await temporaryFolder()
    await program(folder, 'terraform', 0o644)
    await mkdir(join(folder, 'tofu'))
    await expect(findEngine({ chosen: undefined, searchPath: folder })).rejects.toThrow(
      /neither tofu nor terraform is on its PATH/,
    )
    await expect(findEngine({ chosen: undefined, searchPath: undefined })).rejects.toThrow(RunFailure)
  })

  it('is not looked for in relative folders, which a template could fill', async () => {
    await expect(findEngine({ chosen: undefined, searchPath: '.:bin' })).rejects.toThrow(RunFailure)
    await expect(findEngine({ chosen: './terraform', searchPath: '/' })).rejects.toThrow(RunFailure)
  })
})
