/** Templates, archives and variables by address, over the API: from a server that the operator allows, and from the bucket. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { type FileServer, startFileServer } from '../support/file-server.ts'
import { planActions } from '../support/plan-actions.ts'
import { project } from '../support/stack-actions.ts'
import { type BuiltFile, buildZip, zipOf } from '../support/zip-builder.ts'

let cloud: TestCloud
let plans: ReturnType<typeof planActions>
let files: FileServer
/** Listens where nothing may be fetched from. */
let trap: FileServer
const otherProject = 'fedcba9876543210fedcba9876543210'

beforeAll(async () => {
  files = await startFileServer()
  trap = await startFileServer()
  const parameters = { TemplateProfile: 'hosted', TemplateHosts: 'localhost', PrivateTemplateHosts: files.host }
  cloud = await startTestCloud({ parameters })
  plans = planActions(cloud)
})
afterAll(async () => {
  await cloud?.stop()
  expect(trap?.asked).toEqual([])
  await Promise.all([files?.stop(), trap?.stop()])
})

const main = `
variable "word" {
  type = string
}
variable "broken" {
  type    = bool
  default = false
}
module "inner" {
  source = "./modules/inner"
  word   = var.word
  broken = var.broken
}
output "shown" {
  value = module.inner.shown
}
`
const inner = `
variable "word" {}
variable "broken" {}
resource "terraform_data" "kept" {
  input = "\${var.word} and \${trimspace(file("\${path.module}/words/note.txt"))}"
}
resource "terraform_data" "guarded" {
  input = filemd5("\${path.module}/picture.png")
  lifecycle {
    precondition {
      condition     = !var.broken
      error_message = "The module was told to break."
    }
  }
  depends_on = [terraform_data.kept]
}
output "shown" {
  value = terraform_data.kept.output
}
`
const picture = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0xfe, 0x0a])
const moduleArchive = (note: string) =>
  buildZip([
    { name: 'main.tf', content: main },
    { name: 'modules/', mode: 0o40755 },
    { name: 'modules/inner/main.tf', content: inner, method: 0 },
    { name: 'modules/inner/words/note.txt', content: `${note}\n` },
    { name: 'modules/inner/picture.png', content: picture },
  ])
const vars = (word: string, broken = false) => ({ vars_body: `word = "${word}"\nbroken = ${broken}\n` })
const shown = async (name: string) => (await cloud.outputs(name)).find((output) => output.name === 'shown')?.value
const bytesBehind = async (link: string) => Buffer.from(await (await fetch(link)).arrayBuffer())
const linkOf = async (name: string) => (await cloud.template(name)).headers.get('location') ?? ''

async function settledAs(name: string, status: string) {
  const stack = await cloud.settled(name)
  expect(stack.status, stack.status_message).toBe(status)
  return stack
}

describe('an archive with a local module', () => {
  test('deploys, and its link leads to exactly the archive that was given', async () => {
    const archive = moduleArchive('first')
    const template_uri = files.put('/first.zip', archive)
    cloud.must(await cloud.create('modular', { template_uri, ...vars('hello') }))
    await settledAs('modular', 'DEPLOYMENT_COMPLETE')
    expect(await shown('modular')).toBe('"hello and first"')
    const link = await linkOf('modular')
    expect(new URL(link).pathname).toMatch(/\/template\.zip$/)
    expect(await bytesBehind(link)).toEqual(archive)
  })

  test('is planned and carried out as planned, also when the address has changed since', async () => {
    const template_uri = files.put('/second.zip?signature=x'.split('?')[0]!, moduleArchive('second'))
    const body = { template_uri: `${template_uri}?signature=x`, template_body: '', ...vars('planned') }
    cloud.must(await plans.create('modular', 'second', '', body))
    const plan = await plans.made('modular', 'second')
    expect(plan.status, plan.status_message).toBe('AVAILABLE')
    const items = (await plans.items('modular', 'second')) ?? []
    expect(items.map(({ resource_name, action }) => [resource_name, action])).toContainEqual(['kept', 'UPDATE'])
    files.put('/second.zip', 'not the archive any more')
    cloud.must(await plans.apply('modular', 'second'))
    await settledAs('modular', 'DEPLOYMENT_COMPLETE')
    expect(await shown('modular')).toBe('"planned and second"')
  })

  test('that fails is continued with the files it came with', async () => {
    const template_uri = files.put('/third.zip', moduleArchive('third'))
    cloud.must(await cloud.deploy('modular', '', { template_uri, ...vars('failing', true) }))
    const failed = await settledAs('modular', 'DEPLOYMENT_FAILED')
    expect(failed.status_message).toContain('modules/inner/main.tf')
    files.put('/third.zip', 'gone')
    cloud.must(await cloud.continueDeploy('modular'))
    expect((await settledAs('modular', 'DEPLOYMENT_FAILED')).status_message).toContain('told to break')
  })

  test('is what a failed deployment is rolled back to', async () => {
    const stable = files.put('/stable.zip', moduleArchive('stable'))
    cloud.must(await cloud.deploy('modular', '', { template_uri: stable, ...vars('good') }))
    await settledAs('modular', 'DEPLOYMENT_COMPLETE')
    cloud.must(await cloud.update('modular', { enable_auto_rollback: true }))
    const next = files.put('/next.zip', moduleArchive('next'))
    cloud.must(await cloud.deploy('modular', '', { template_uri: next, ...vars('bad', true) }))
    await settledAs('modular', 'ROLLBACK_COMPLETE')
    expect(await shown('modular')).toBe('"good and stable"')
    expect(await bytesBehind(await linkOf('modular'))).toEqual(moduleArchive('stable'))
  })
})

describe('a stored template', () => {
  test('is deployed again by the link to its content, by its own project alone', async () => {
    const again = await cloud.create('again', { template_uri: await linkOf('modular'), ...vars('copied') })
    cloud.must(again)
    await settledAs('again', 'DEPLOYMENT_COMPLETE')
    expect(await shown('again')).toBe('"copied and stable"')
    const link = (await linkOf('again')).replace(project, otherProject)
    expect(await cloud.create('stolen', { template_uri: link })).toMatchObject({ error: { error_code: 'RF.10011035' } })
  })
})

const tf = { name: 'main.tf', content: 'locals {}' }
const deep = (bytes: number, part: number) => {
  const segments = Array.from({ length: Math.floor(bytes / (part + 1)) }, () => 'd'.repeat(part))
  return `${segments.join('/')}/${'f'.repeat(bytes - segments.length * (part + 1))}`
}
const zips: [string, string, Buffer | string | readonly BuiltFile[]][] = [
  ['a text', 'RF.10011075', 'locals {}'],
  ['nothing', 'RF.10011075', ''],
  ['half an archive', 'RF.10011102', zipOf({ 'main.tf': 'locals {}' }).subarray(0, 60)],
  ['more than 1 MB', 'RF.10011042', Buffer.alloc(1024 * 1024 + 1, zipOf({ 'main.tf': '' }))],
  ['a bomb', 'RF.10011026', [tf, { name: 'b', content: Buffer.alloc(20_000_000), unpackedBytes: 10 }]],
  ['many halves', 'RF.10011026', ['a', 'b', 'c'].map((name) => ({ name: `${name}.tf`, content: ' '.repeat(400_000) }))],
  ['101 files', 'RF.10011041', Array.from({ length: 101 }, (_, at) => ({ name: `${at}.tf` }))],
  ['variables', 'RF.10011025', [tf, { name: 'm/terraform.tfvars', content: 'a = 1' }]],
  ['variables in JSON', 'RF.10011025', [tf, { name: 'a.auto.tfvars.json', content: '{}' }]],
  ['no file', 'RF.10011157', []],
  ['no template at the root', 'RF.10011157', [{ name: 'm/main.tf', content: 'locals {}' }, { name: '.main.tf' }]],
  ['a name of 256 bytes', 'RF.10011152', [tf, { name: `${'ä'.repeat(128)}` }]],
  ['a path of 2,049 bytes', 'RF.10011151', [tf, { name: deep(2049, 200) }]],
  ['a leading slash', 'RF.10011155', [tf, { name: '/etc/x' }]],
  ['an empty part', 'RF.10011156', [tf, { name: 'a//b' }]],
  ['a dot', 'RF.10011156', [tf, { name: './a' }]],
  ['two dots', 'RF.10011156', [tf, { name: 'a/../../b' }]],
  ['two dots of a folder', 'RF.10011156', [tf, { name: 'a/../' }]],
  ['a backslash', 'RF.10011083', [tf, { name: '..\\a' }]],
  ['a drive', 'RF.10011083', [tf, { name: 'C:/a' }]],
  ['a link', 'RF.10011083', [tf, { name: 'passwords', content: '/etc/shadow', mode: 0o120777 }]],
  ['a device', 'RF.10011083', [tf, { name: 'null', mode: 0o20666 }]],
  ['bytes for text', 'RF.10011085', [tf, { name: 'm/b.tf', content: Buffer.from([0xff]) }]],
  ['a byte order mark', 'RF.10011120', [tf, { name: 'b.tf.json', content: '\ufeff{}' }]],
  ['a path twice', 'RF.10011102', [tf, tf]],
  ['a file in the place of a folder', 'RF.10011102', [tf, { name: 'a' }, { name: 'a/b' }]],
  ['an encrypted file', 'RF.10011102', [tf, { name: 'a', flags: 0x801 }]],
  ['an unknown method', 'RF.10011102', [tf, { name: 'a', method: 99 }]],
  ['files that share bytes', 'RF.10011102', [tf, { ...tf, localAt: 0 }]],
  ['a name with a line break', 'RF.10011102', [tf, { name: 'a\nb' }]],
  [
    'what the profile forbids, in a module',
    'RF.10011074',
    [tf, { name: 'm/a.tf', content: 'locals { a = abspath("x") }' }],
  ],
  ['a module outside', 'RF.10011074', [{ ...tf, content: 'module "a" {\n source = "../b"\n}\n' }]],
]

describe('an archive', () => {
  test.each(zips)('with %s is refused with %s', async (_what, code, given) => {
    const archive = Array.isArray(given) ? buildZip(given as readonly BuiltFile[]) : (given as Buffer | string)
    const template_uri = files.put('/refused.zip', archive)
    const answer = await cloud.create('refused', { template_uri })
    expect(answer).toMatchObject({ status: 400, error: { error_code: code } })
    expect(JSON.stringify(answer)).not.toContain('/etc/shadow')
  })

  test('of the greatest size, number and lengths that are allowed is taken', async () => {
    const names = Array.from({ length: 98 }, (_, at) => `${at}.txt`)
    const last = deep(2048, 255)
    const content = Buffer.alloc(1024 * 1024 - 9)
    const archive = buildZip([tf, { name: last, content }, ...names.map((name) => ({ name }))])
    const template_uri = files.put('/greatest.zip', archive)
    cloud.must(await cloud.create('greatest', { template_uri }))
    await settledAs('greatest', 'DEPLOYMENT_COMPLETE')
  })
})

describe('an address', () => {
  const refusal = (error_code: string, words = '') => ({
    status: 400,
    error: { error_code, error_msg: expect.stringContaining(words) },
  })

  beforeAll(() => {
    const redirect = (path: string, to: string) =>
      files.answer(path, (_request, response) => response.writeHead(302, { Location: to }).end('do not say this'))
    redirect('/elsewhere.tf', trap.address('/a.tf'))
    for (const left of [4, 3, 2, 1]) redirect(`/${left}.tf`, left === 1 ? '/good.tf' : `/${left - 1}.tf`)
    files.put('/good.tf', 'locals {}')
    files.put('/large.tf', Buffer.alloc(1024 * 1024 + 1, '#'))
    files.put('/packed.tf', gzipSync(Buffer.alloc(30_000_000, '#')), { 'Content-Encoding': 'gzip' })
    files.put('/latin.tf', Buffer.from('# gr\xfc\xdfe\n', 'latin1'))
    files.put('/bom.tf.json', '\ufeff{}')
    files.put('/words.tf', 'Just some words.')
  })

  test.each([
    ['nowhere allowed', () => 'https://example.com/a.tf', 'RF.10011035', 'operator'],
    ['another port of this machine', () => trap.address('/a.tf'), 'RF.10011035', 'operator'],
    ['an allowed name at a private address', () => 'https://localhost/a.tf', 'RF.10011035', 'network address'],
    ['a name and a password', () => files.address('/a.tf').replace('//', '//u:p@'), 'RF.10011035', 'password'],
    ['the metadata of a machine', () => 'http://169.254.169.254/a.tf', 'RF.10011035', 'operator'],
    ['another extension', () => files.address('/a.txt?b.tf'), 'RF.10011022', '.tf.json'],
    ['another scheme', () => 's3://bucket/a.tf', 'RF.10011035', ''],
    ['a missing file', () => files.address('/missing.tf'), 'RF.10011035', '404'],
    ['a redirect elsewhere', () => files.address('/elsewhere.tf'), 'RF.10011035', 'operator'],
    ['four redirects', () => files.address('/4.tf'), 'RF.10011035', 'three redirects'],
    ['a large file', () => files.address('/large.tf'), 'RF.10011013', '1048576'],
    ['a packed large file', () => files.address('/packed.tf'), 'RF.10011013', '1048576'],
    ['a text in Latin 1', () => files.address('/latin.tf'), 'RF.10011085', 'UTF-8'],
    ['JSON with a byte order mark', () => files.address('/bom.tf.json'), 'RF.10011120', 'byte order mark'],
    ['no template', () => files.address('/words.tf'), 'RF.10011075', 'neither'],
  ])('of %s is refused', async (_what, address, code, words) => {
    const answer = await cloud.create('refused', { template_uri: address() })
    expect(answer).toMatchObject(refusal(code, words))
    expect(JSON.stringify(answer)).not.toContain('do not say this')
  })

  test('behind three redirects is followed, and a packed file is unpacked', async () => {
    files.put('/good.tf', gzipSync('output "a" {\n  value = 1\n}\n'), { 'Content-Encoding': 'gzip' })
    cloud.must(await cloud.create('followed', { template_uri: files.address('/3.tf') }))
    await settledAs('followed', 'DEPLOYMENT_COMPLETE')
    expect((await bytesBehind(await linkOf('followed'))).toString()).toContain('output "a"')
  })

  test('is not fetched for a stack that is not there, nor for a request that is sent again', async () => {
    const template_uri = files.put('/counted.tf', 'locals {}')
    const asked = () => files.asked.filter((path) => path === '/counted.tf').length
    expect(await cloud.deploy('nobody', '', { template_uri })).toMatchObject({ status: 404 })
    expect(asked()).toBe(0)
    const requestId = crypto.randomUUID()
    const first = cloud.must(await cloud.create('counted', { template_uri }, requestId))
    const second = await cloud.create('counted', { template_uri }, requestId)
    if (second.ok) expect(second.body).toEqual(first)
    expect(asked()).toBe(1)
  })
})

describe('variables from three carriers', () => {
  const template = `
variable "text" {}
variable "number" { type = number }
variable "tree" {
  type = object({ list = list(number), map = map(string), flag = bool, none = optional(string) })
}
variable "secret" { sensitive = true }
variable "missing" { default = null }
resource "terraform_data" "all" {
  input = [var.text, var.number, var.tree, var.missing]
}
output "all" { value = jsonencode([var.text, var.number, var.tree, var.missing]) }
output "secret" { value = nonsensitive("said \${var.secret}") }
`
  const uriContent = `# größe
tree = {
  list = [1, 2.5e0]
  map  = { "a b" = "c", d : <<EOT
two
lines
EOT
  }
  flag = true
  none = null
}
secret   = "planted-by-uri-8c1e"
unwanted = "nobody declares this"
`

  test('come together, and the metadata gives back what each of them had', async () => {
    const vars_uri = files.put('/all.tfvars', `\ufeff${uriContent}`)
    const vars_structure = [{ var_key: 'number', var_value: '7' }]
    const vars_body = 'text = "from the body"\n'
    const body = { template_body: template, vars_structure, vars_body, vars_uri }
    cloud.must(await cloud.create('carried', body))
    const stack = await settledAs('carried', 'DEPLOYMENT_COMPLETE')
    expect(stack).toMatchObject({ vars_structure, vars_body, vars_uri_content: uriContent })
    const outputs = Object.fromEntries((await cloud.outputs('carried')).map(({ name, value }) => [name, value]))
    expect(JSON.parse(JSON.parse(outputs.all ?? ''))).toEqual([
      'from the body',
      7,
      { list: [1, 2.5], map: { 'a b': 'c', d: 'two\nlines\n' }, flag: true, none: null },
      null,
    ])
    const plan = await plans.available('carried', 'same', template, { vars_structure, vars_body, vars_uri })
    expect(plan).toMatchObject({ vars_structure, vars_body, vars_uri_content: uriContent })
  })

  test('are masked where the template says so, and the undeclared one only warns', async () => {
    expect((await cloud.outputs('carried')).find(({ name }) => name === 'secret')?.value).toBe('"said <sensitive>"')
    const events = JSON.stringify(await cloud.events('carried'))
    expect(events).not.toContain('planted-by-uri')
    expect(cloud.logs.filter((line) => line.includes('planted-by-uri'))).toEqual([])
  })

  test('that lack a declared one fail as the engine says', async () => {
    const vars_uri = files.put('/few.tfvars', 'secret = "x"\n')
    cloud.must(await cloud.create('lacking', { template_body: template, vars_uri }))
    expect((await settledAs('lacking', 'DEPLOYMENT_FAILED')).status_message).toContain('No value for required variable')
  })

  test.each([
    ['a variable that the body sets too', 'text = 1\n', 'RF.10011093'],
    ['a variable that the structure sets too', 'number = 1\n', 'RF.10011093'],
    ['a variable twice', 'a = 1\na = 2\n', 'RF.10011093'],
    ['words', 'these are words\n', 'RF.10011050'],
    ['a block', 'variable "a" {}\n', 'RF.10011050'],
    ['other bytes than UTF-8', Buffer.from('a = "\xff"\n', 'latin1'), 'RF.10011050'],
    ['51,201 bytes', `# ${'x'.repeat(51_198)}\n`, 'RF.10011014'],
  ])('are refused when the file has %s', async (_what, content, error_code) => {
    const vars_uri = files.put('/refused.tfvars', content)
    const vars_structure = [{ var_key: 'number', var_value: '7' }]
    const body = { template_body: template, vars_structure, vars_body: 'text = "x"\n', vars_uri }
    expect(await cloud.create('refused', body)).toMatchObject({ status: 400, error: { error_code } })
  })

  test.each([
    ['RF.10011034', () => files.address('/a.txt')],
    ['RF.10011049', () => files.address('/a?b.tfvars')],
    ['RF.10011049', () => files.address('/missing.tfvars')],
    ['RF.10011049', () => trap.address('/a.tfvars')],
  ])('are refused with %s when their address is none', async (error_code, vars_uri) => {
    const answer = await cloud.create('refused', { template_body: 'locals {}', vars_uri: vars_uri() })
    expect(answer).toMatchObject({ status: 400, error: { error_code } })
  })

  test('of 51,200 bytes are taken', async () => {
    const vars_uri = files.put('/most.tfvars', `# ${'x'.repeat(51_197)}\n`)
    cloud.must(await cloud.create('most', { template_body: 'locals {}', vars_uri }))
  })
})

test('nothing of all this was asked for where it must not be', () => {
  expect(trap.asked).toEqual([])
  expect(files.asked.length).toBeGreaterThan(20)
  // The rest of an address may be a credential.
  expect(cloud.logs.filter((line) => line.includes('X-Amz-Signature'))).toEqual([])
})
