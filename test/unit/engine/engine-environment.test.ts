import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { engineEnvironment, writeCliConfig } from '../../../shared/engine/engine-environment.ts'
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

  it('has the CLI configuration when there is one, and never a cache that others have written to', async () => {
    const workspace = await createWorkspace(await temporaryFolder())
    const environment = engineEnvironment({ workspace, cliConfig: '/config' })
    expect(environment).toMatchObject({ TF_CLI_CONFIG_FILE: '/config' })
    expect(environment).not.toHaveProperty('TF_PLUGIN_CACHE_DIR')
  })

  it('has the variables of providers, none of which takes the place of another', async () => {
    const workspace = await createWorkspace(await temporaryFolder())
    const providers = { HW_SECRET_KEY: 'x', PATH: '/evil', HOME: '/evil', TF_DATA_DIR: '/evil' }
    expect(engineEnvironment({ workspace, providers })).toEqual({
      ...engineEnvironment({ workspace }),
      HW_SECRET_KEY: 'x',
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
