/** What the engine gets for a job, from what is stored of it. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { localKeyService } from '../../../shared/auth/secrets.ts'
import { failedForInputs, InputsTooLarge, runnerInputs } from '../../../shared/deployment/runner-inputs.ts'
import { openSnapshotStore } from '../../../shared/deployment/snapshots.ts'
import type { TemplateExtension } from '../../../shared/template/template.ts'
import type { Variables } from '../../../shared/template/variables.ts'
import { memoryBlobs } from '../../support/fake-services.ts'
import { zipOf } from '../../support/zip-builder.ts'

const owner = { project: 'p', id: 's' }

async function inputsOf(extension: TemplateExtension, content: string | Buffer, variables: Variables = {}) {
  const snapshots = openSnapshotStore(memoryBlobs())
  const template = { extension, content: Buffer.from(content as Buffer) }
  const snapshot = await snapshots.save(owner, 'd', { template, variables })
  const keys = localKeyService(randomBytes(32).toString('base64'))
  const nobody = { find: async () => undefined }
  const secrets = { agencies: { secrets: nobody as never }, variableKeys: () => keys }
  return runnerInputs({ snapshots, secrets }, owner, snapshot, 60)
}

describe('the engine gets', () => {
  test('the files of an archive, with their bytes', async () => {
    const bytes = Buffer.from([0, 0xff])
    const { files } = await inputsOf('zip', zipOf({ 'main.tf': 'locals {}', 'm/a.bin': bytes, 'm/b.txt': 'text' }))
    expect(files).toEqual([
      { path: 'main.tf', content: 'locals {}' },
      { path: 'm/a.bin', content: bytes.toString('base64'), encoding: 'base64' },
      { path: 'm/b.txt', content: 'text' },
    ])
  })

  test('variables of all carriers, and is told what of them to hide', async () => {
    const body = 'a = "secret of the body"\n'
    const uriContent = 'b = "secret of the file"\n'
    const template = 'variable "a" {\n  sensitive = true\n}\nvariable "b" {\n  sensitive = true\n}\n'
    const inputs = await inputsOf('zip', zipOf({ 'main.tf': 'locals {}', 'm/v.tf': template }), { body, uriContent })
    expect(inputs.variables).toEqual({ structure: [], body, uriContent })
    expect(inputs.secrets).toEqual(['secret of the body', 'secret of the file'])
  })

  test('no more than one request can hold, however the text of a template is made', async () => {
    const megabyte = 1024 * 1024
    for (const fill of ['\u0001', '"', '\\', 'ä', '\n']) {
      const content = `# ${fill.repeat((megabyte - 2) / Buffer.byteLength(fill))}`
      const inputs = await inputsOf('tf', content)
      expect(Buffer.byteLength(JSON.stringify(inputs))).toBeLessThan(2 * megabyte)
      const [file] = inputs.files
      expect(Buffer.from(file?.content ?? '', file?.encoding).toString()).toBe(content)
    }
    const hidden = `variable "a" {\n  sensitive = true\n  default   = "${'\u0001'.repeat(megabyte - 100)}"\n}\n`
    await expect(inputsOf('tf', hidden)).rejects.toThrow(InputsTooLarge)
    expect(failedForInputs(new InputsTooLarge(), owner)).toMatchObject({ outcome: 'failed', touchedResources: false })
    expect(() => failedForInputs(new Error('another'), owner)).toThrow('another')
  })
})
