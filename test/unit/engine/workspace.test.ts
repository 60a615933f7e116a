import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RunFailure } from '../../../shared/engine/run-failure.ts'
import { removeStaleWorkspaces } from '../../../shared/engine/stale-workspaces.ts'
import {
  createWorkspace,
  hideWorkspace,
  removeWorkspace,
  writeTemplate,
  writeVariables,
} from '../../../shared/engine/workspace.ts'
import { temporaryFolder } from './temporary-folder.ts'

const workspaceHere = async () => createWorkspace(await temporaryFolder())
const file = (path: string, content = '# text') => ({ path, content })

describe('a workspace', () => {
  it('is fresh, closed to others, and keeps the state outside of the template', async () => {
    const workspace = await workspaceHere()
    expect((await stat(workspace.root)).mode & 0o777).toBe(0o700)
    expect((await readdir(workspace.root)).sort()).toEqual(['data', 'home', 'state', 'template', 'tmp', 'variables'])
    expect(workspace.stateFile.startsWith(workspace.template)).toBe(false)
  })

  it('gets the template’s files, folders included, and the override for the state', async () => {
    const workspace = await workspaceHere()
    expect(await writeTemplate(workspace, [file('main.tf', 'a'), file('parts/main.tf', 'b')])).toEqual([])
    expect((await readdir(workspace.template)).sort()).toEqual(['main.tf', 'parts', '~rfs_override.tf'])
    expect(await readFile(join(workspace.template, 'parts/main.tf'), 'utf8')).toBe('b')
    const [, path] = /path = "(.*)"/.exec(await readFile(join(workspace.template, '~rfs_override.tf'), 'utf8'))!
    // Right also in the workspace of another run, which carries out a plan that this one saved.
    expect(isAbsolute(path!)).toBe(false)
    expect(join(workspace.template, path!)).toBe(workspace.stateFile)
  })

  it('gets files that are no text byte by byte', async () => {
    const workspace = await workspaceHere()
    const bytes = Buffer.from([0, 0xff, 0x0a, 0xfe])
    await writeTemplate(workspace, [{ path: 'm/x.png', content: bytes.toString('base64'), encoding: 'base64' }])
    expect(await readFile(join(workspace.template, 'm/x.png'))).toEqual(bytes)
  })

  it.each(['/etc/passwd', '../out.tf', 'a/../../out.tf', 'a//b.tf', './a.tf', '', 'a/', 'a\\b.tf', 'a\0.tf', '..'])(
    'refuses the path %j and writes nothing',
    async (path) => {
      const workspace = await workspaceHere()
      await expect(writeTemplate(workspace, [file('main.tf'), file(path)])).rejects.toThrow(RunFailure)
      expect(await readdir(workspace.template)).toEqual([])
    },
  )

  it.each([
    ['the same file twice', ['a.tf', 'a.tf']],
    ['a file where a folder is', ['a/b.tf', 'a']],
    ['a folder where a file is', ['a', 'a/b.tf']],
    ['a name longer than the disk takes', ['x'.repeat(300)]],
  ])('refuses %s with a sentence for the template’s owner', async (_what, paths) => {
    const workspace = await workspaceHere()
    const writing = writeTemplate(
      workspace,
      paths.map((path) => file(path)),
    )
    await expect(writing).rejects.toThrow(RunFailure)
    await expect(writing).rejects.not.toThrow(workspace.root)
  })

  it('never writes through a link', async () => {
    const workspace = await workspaceHere()
    const outside = join(workspace.root, 'outside')
    await symlink(outside, join(workspace.template, 'main.tf'))
    await expect(writeTemplate(workspace, [file('main.tf')])).rejects.toThrow(RunFailure)
    expect(await readdir(workspace.root)).not.toContain('outside')
  })

  it('leaves states of the template out', async () => {
    const workspace = await workspaceHere()
    const states = ['terraform.tfstate', 'terraform.tfstate.backup', 'terraform.tfstate.d/dev/terraform.tfstate']
    const kept = ['main.tf', 'other/terraform.tfstate', 'terraform.tfstates']
    expect(
      await writeTemplate(
        workspace,
        [...states, ...kept].map((path) => file(path)),
      ),
    ).toEqual(states)
    expect((await readdir(workspace.template)).sort()).toEqual([
      'main.tf',
      'other',
      'terraform.tfstates',
      '~rfs_override.tf',
    ])
  })

  it('has its override last, whatever the template calls its own', async () => {
    const workspace = await workspaceHere()
    await writeTemplate(
      workspace,
      ['main.tf', '~~~rfs_override.tf', 'zzz_override.tf.json'].map((path) => file(path)),
    )
    expect((await readdir(workspace.template)).sort().at(-1)).toBe('~~~~rfs_override.tf')
    const other = await workspaceHere()
    await expect(writeTemplate(other, [file('é_override.tf')])).rejects.toThrow(/Begin it with a letter or digit/)
    await expect(writeTemplate(other, [file('parts/é_override.tf')])).resolves.toEqual([])
  })

  it('gets the variables beside the template, as they are', async () => {
    const workspace = await workspaceHere()
    const structure = [
      { key: 'a', value: '%{not.evaluated}' },
      { key: '__proto__', value: 'x' },
    ]
    const [uri, body, json] = await writeVariables(workspace, { structure, body: 'b = 1\n', uriContent: 'c = 1\n' })
    expect(await readFile(uri!, 'utf8')).toBe('c = 1\n')
    expect(await readFile(body!, 'utf8')).toBe('b = 1\n')
    expect(await readFile(json!, 'utf8')).toBe('{"a":"%{not.evaluated}","__proto__":"x"}')
    expect(await writeVariables(workspace, { structure: [] })).toEqual([])
  })

  it('does not show in messages', async () => {
    const workspace = await workspaceHere()
    const { template, variables, data, root } = workspace
    const message = [
      `on ${template}/main.tf`,
      `in ${template}`,
      `file "${variables}/vars_structure.tfvars.json"`,
      `file ${variables}/vars_body.tfvars or ${variables}/vars_uri.tfvars`,
      `${data}/modules/m/main.tf`,
      '../data/modules/n/main.tf and ../data/mine.txt',
      `${root}/tmp/x and ${root}`,
    ].join('\n')
    expect(hideWorkspace(message, workspace)).toBe(
      'on main.tf\nin .\nfile "vars_structure"\nfile vars_body or vars_uri\nmodules/m/main.tf\nmodules/n/main.tf and ../data/mine.txt\ntmp/x and .',
    )
    const other = join(dirname(root), 'rfs-run-aB3_x9')
    expect(hideWorkspace(`was ${other}/template, now ${root}/template`, workspace)).toBe('was ., now .')
    expect(hideWorkspace('nothing to hide', workspace)).toBe('nothing to hide')
  })

  it('is removed with all that is in it', async () => {
    const workspace = await workspaceHere()
    const closed = join(workspace.template, 'closed')
    await mkdir(closed)
    await writeFile(join(closed, 'file'), '')
    await chmod(closed, 0o000)
    await removeWorkspace(workspace)
    await expect(stat(workspace.root)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('workspaces of runs that were ended from outside', () => {
  it('are removed once no run can own them, with the processes in them', async () => {
    const parent = await temporaryFolder()
    const [stale, running] = [await createWorkspace(parent), await createWorkspace(parent)]
    await mkdir(join(parent, 'other'))
    for (const folder of [stale.root, join(parent, 'other')]) await utimes(folder, new Date(0), new Date(0))
    const left = spawn('sleep', ['60'], { cwd: stale.template, stdio: 'ignore' })
    const ended = once(left, 'exit')
    expect(await removeStaleWorkspaces(parent, Date.now)).toBe(1)
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect((await readdir(parent)).sort()).toEqual(['other', basename(running.root)])
  })

  it('are removed at once, however new, where no other run can be under way', async () => {
    const parent = await temporaryFolder()
    await createWorkspace(parent)
    expect(await removeStaleWorkspaces(parent, Date.now)).toBe(0)
    expect(await removeStaleWorkspaces(parent, Date.now, true)).toBe(1)
    expect(await readdir(parent)).toEqual([])
  })
})
