import { mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { engineEnvironment, writeCliConfig } from '../../../shared/engine/engine-environment.ts'
import { withPluginCache } from '../../../shared/engine/plugin-cache.ts'
import { createWorkspace } from '../../../shared/engine/workspace.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('the engine’s environment', () => {
  it('is made from nothing and points into the workspace', async () => {
    const workspace = await createWorkspace(await temporaryFolder())
    expect(engineEnvironment({ workspace })).toEqual({
      HOME: workspace.home,
      TMPDIR: workspace.temporary,
      PATH: '/opt/bin:/usr/local/bin:/usr/bin:/bin',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
      TF_DATA_DIR: '../data',
    })
  })

  it('has the plugin cache and the CLI configuration when there are any', async () => {
    const workspace = await createWorkspace(await temporaryFolder())
    expect(engineEnvironment({ workspace, pluginCache: '/cache', cliConfig: '/config' })).toMatchObject({
      TF_PLUGIN_CACHE_DIR: '/cache',
      TF_CLI_CONFIG_FILE: '/config',
    })
  })

  it('takes mirrored providers from the mirror and all others from their registries', async () => {
    const folder = await temporaryFolder()
    const workspace = await createWorkspace(folder)
    const mirror = join(folder, 'mirror')
    expect(await writeCliConfig(workspace, mirror)).toBeUndefined()
    await mkdir(join(mirror, 'registry.example.com/space/thing/1.0.0/linux_arm64'), { recursive: true })
    await mkdir(join(mirror, 'registry.example.com/space/other'), { recursive: true })
    await writeFile(join(mirror, 'README'), '')
    const config = await readFile((await writeCliConfig(workspace, mirror))!, 'utf8')
    const list = '["registry.example.com/space/other","registry.example.com/space/thing"]'
    expect(config).toContain(`path    = "${mirror}"\n    include = ${list}`)
    expect(config).toContain(`direct {\n    exclude = ${list}`)
  })
})

describe('the plugin cache', () => {
  it('belongs to one run at a time; another one goes without', async () => {
    const folder = join(await temporaryFolder(), 'cache')
    const seen = await withPluginCache(folder, Date.now, async (outer) => [
      outer,
      await withPluginCache(folder, Date.now, async (inner) => inner),
    ])
    expect(seen).toEqual([join(folder, 'providers'), undefined])
    expect((await stat(join(folder, 'providers'))).isDirectory()).toBe(true)
  })

  it('is free again after a run that failed, and after one that died long ago', async () => {
    const folder = await temporaryFolder()
    const failing = withPluginCache(folder, Date.now, () => Promise.reject(new Error('failed')))
    await expect(failing).rejects.toThrow('failed')
    expect(await withPluginCache(folder, Date.now, async (cache) => cache)).toBeDefined()
    await writeFile(join(folder, 'in-use'), '')
    await utimes(join(folder, 'in-use'), new Date(0), new Date(0))
    expect(await withPluginCache(folder, Date.now, async (cache) => cache)).toBeUndefined()
    expect(await withPluginCache(folder, Date.now, async (cache) => cache)).toBeDefined()
  })
})
