/** What the library keeps, byte by byte: as it comes, as it is fetched, and as it is deployed from there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ShowTemplateVersionContent } from '../../shared/contract/template-versions.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { type FileServer, startFileServer } from '../support/file-server.ts'
import { project } from '../support/stack-actions.ts'
import { refusal, templateActions } from '../support/template-actions.ts'
import { zipOf } from '../support/zip-builder.ts'

let cloud: TestCloud
let library: ReturnType<typeof templateActions>
let files: FileServer

beforeAll(async () => {
  files = await startFileServer()
  cloud = await startTestCloud({ parameters: { TemplateProfile: 'hosted', PrivateTemplateHosts: files.host } })
  library = templateActions(cloud)
})
afterAll(async () => {
  await cloud?.stop()
  await files?.stop()
})

const template_body = 'locals {}'
/** What one more byte or one less would change: no line end, letters beyond ASCII, both kinds of line ends. */
const peculiar = '# Grüße, 世界\r\nlocals {\n  a = "b"\t\n}'

describe('the content of a version', () => {
  test('is exactly what was given, at an address that says what it is', async () => {
    await library.created('peculiar', { template_body: peculiar })
    await library.added('peculiar', { template_body: ' {"locals": {"a": 1}}\n' })
    const hcl = await library.link('peculiar', 'V1')
    expect(new URL(hcl).pathname).toMatch(/\.tf$/)
    const answer = await fetch(hcl)
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from(peculiar))
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(new URL(await library.link('peculiar', 'V2')).pathname).toMatch(/\.tf\.json$/)
    expect(await library.text('peculiar', 'V2')).toBe(' {"locals": {"a": 1}}\n')
  })

  test('comes by a link of ten minutes, to clients that send their signature along as well', async () => {
    const link = await library.link('peculiar', 'V1')
    expect(new URL(link).searchParams.get('X-Amz-Expires')).toBe('600')
    const headers = { Authorization: 'SDK-HMAC-SHA256 Access=A, SignedHeaders=host, Signature=0', 'X-Sdk-Date': 'x' }
    const answer = await fetch(link, { headers })
    expect([answer.status, await answer.text()]).toEqual([200, peculiar])
  })

  test('cannot be restricted to networks, and is not given as if it could', async () => {
    const path = { project_id: project, template_name: 'peculiar', version_id: 'V1' }
    for (const query of [{ access_control_source_ips: ['10.0.0.0/8'] }, { access_control_source_vpc_ids: ['vpc'] }]) {
      expect(await cloud.call(ShowTemplateVersionContent, { path, query })).toMatchObject(
        refusal(400, 'RF.10011002', 'access_control'),
      )
    }
  })

  test('is gone with its template', async () => {
    await library.created('gone', { template_body })
    await library.added('gone', { template_body })
    const links = [await library.link('gone', 'V1'), await library.link('gone', 'V2')]
    expect((await library.remove('gone')).status).toBe(204)
    for (const link of links) expect((await fetch(link)).status).toBe(404)
    expect(await library.remove('gone')).toMatchObject(refusal(404, 'RF.10013071'))
  })
})

describe('a template by its address', () => {
  const archive = zipOf({
    'main.tf': 'module "inner" {\n  source = "./inner"\n}\noutput "said" {\n  value = module.inner.said\n}\n',
    'inner/main.tf': 'output "said" {\n  value = "from the library"\n}\n',
  })

  test('is kept as the bytes that were fetched: an archive stays one', async () => {
    const template_uri = files.put('/stack.zip', archive)
    await library.created('archive', { template_uri })
    const link = await library.link('archive', 'V1')
    expect(new URL(link).pathname).toMatch(/\.zip$/)
    const answer = await fetch(link)
    expect(Buffer.from(await answer.arrayBuffer()).equals(archive)).toBe(true)
    expect(answer.headers.get('content-type')).toBe('application/zip')
    expect(await library.added('archive', { template_uri: files.put('/stack.tf.json', '{"locals": {"a": 1}}') })).toBe(
      'V2',
    )
    expect(await library.text('archive', 'V2')).toBe('{"locals": {"a": 1}}')
  })

  test('is checked as everywhere, before anything is kept', async () => {
    const backend = { template_body: 'terraform {\n  backend "s3" {}\n}' }
    expect(await library.create('with-backend', backend)).toMatchObject(refusal(400, 'RF.10011074', 'line 2'))
    const template_uri = files.put('/with-variables.zip', zipOf({ 'main.tf': 'locals {}', 'a.tfvars': 'a = 1' }))
    expect(await library.create('with-variables', { template_uri })).toMatchObject(refusal(400, 'RF.10011025'))
    expect(await library.addVersion('archive', { template_uri })).toMatchObject(refusal(400, 'RF.10011025'))
    for (const name of ['with-backend', 'with-variables']) {
      expect(await library.show(name)).toMatchObject(refusal(404, 'RF.10013071'))
    }
    expect(await library.versionIds('archive')).toEqual(['V2', 'V1'])
  })

  test('is deployed, and kept again, by the link to its content', async () => {
    const template_uri = await library.link('archive', 'V1')
    cloud.must(await cloud.create('of-the-library', { template_uri }))
    expect(await cloud.settled('of-the-library')).toMatchObject({ status: 'DEPLOYMENT_COMPLETE' })
    expect(await cloud.outputs('of-the-library')).toMatchObject([{ name: 'said', value: '"from the library"' }])
    await library.created('copy', { template_uri })
    expect(new URL(await library.link('copy', 'V1')).pathname).toMatch(/\.zip$/)
    // What was deployed is a copy: the library may change.
    expect((await library.remove('archive')).status).toBe(204)
    expect(await library.create('too-late', { template_uri })).toMatchObject({ status: 400 })
    expect((await cloud.template('of-the-library')).status).toBe(307)
  })

  test('of a name that is taken is not fetched, and neither is one of a template that is not there', async () => {
    const template_uri = files.put('/never.tf', 'locals {}')
    expect(await library.create('copy', { template_uri })).toMatchObject(refusal(409, 'RF.10013571'))
    expect(await library.addVersion('nobody', { template_uri })).toMatchObject(refusal(404, 'RF.10013071'))
    expect(files.asked).not.toContain('/never.tf')
  })
})
