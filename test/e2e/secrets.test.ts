/** Secrets are planted in every place where a user or an operator may leave one, and looked for wherever something is shown. */
import { randomBytes } from 'node:crypto'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sdkSettings } from '../../infra/local/sdk-settings.ts'
import { openAgencySecrets } from '../../shared/agency/agency-secrets.ts'
import { localKeyService } from '../../shared/auth/secrets.ts'
import { openTable } from '../../shared/aws/table.ts'
import type { Variable } from '../../shared/contract/fields.ts'
import { encryptVariable } from '../../shared/template/encrypted-variables.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { type FileServer, startFileServer } from '../support/file-server.ts'
import { planActions } from '../support/plan-actions.ts'
import { project } from '../support/stack-actions.ts'

const secretsKey = randomBytes(32).toString('base64')
const keys = localKeyService(secretsKey)
const keyId = '0a1b2c3d-0000-4000-8000-000000000001'

const planted = {
  byDefault: 'planted-default-5e1f',
  inStructure: 'planted-structure-77ac',
  inBody: 'planted "body" 90bd',
  inList: 'planted-element-31aa',
  behindUri: 'planted-behind-uri-8c1e',
  encrypted: 'planted-encrypted-c0de',
  agency: 'planted-agency-f00d',
  session: 'planted-session-beef',
}
/** Also as they stand within JSON texts. */
const needles = Object.values(planted).flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])
const found = (text: string) => needles.filter((needle) => text.includes(needle))

let cloud: TestCloud
let files: FileServer
let plans: ReturnType<typeof planActions>
let encrypted: Variable
const responses: { url: string; text: string }[] = []

beforeAll(async () => {
  files = await startFileServer()
  files.put('/secret.tfvars', `behind_uri = "${planted.behindUri}"\n`)
  cloud = await startTestCloud({ secretsKey, parameters: { PrivateTemplateHosts: files.host } })
  plans = planActions(cloud)
  encrypted = await encryptVariable(() => keys, { project, name: 'encrypted', keyId }, planted.encrypted)
  const client = new DynamoDBClient(sdkSettings(cloud.cloud.endpoints.dynamodb))
  await openAgencySecrets(openTable(cloud.cloud.tableNames[0], client), () => keys).set(
    { project, provider: 'huaweicloud', agency: 'deployer' },
    { HW_ACCESS_KEY: planted.session, HW_SECRET_KEY: planted.agency, HW_REGION_NAME: 'eu-de' },
    new Date(),
  )
  client.destroy()
  const send = globalThis.fetch
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (...given) => {
    const response = await send(...given)
    responses.push({ url: String(given[0]), text: await response.clone().text() })
    return response
  })
})
afterAll(async () => {
  vi.restoreAllMocks()
  await Promise.all([cloud?.stop(), files?.stop()])
})

/** Takes every mark off the secrets and shows them: by programs, attributes, outputs, addresses and errors. */
const template = (end: string) => `
variable "by_default" {
  sensitive = true
  default   = "${planted.byDefault}"
}
variable "in_structure" {
  type      = string
  sensitive = true
}
variable "in_body" {
  sensitive = true
}
variable "in_list" {
  type      = list(string)
  sensitive = true
}
variable "behind_uri" {
  sensitive = true
}
variable "encrypted" {}
locals {
  all = nonsensitive("\${var.by_default} \${var.in_structure} \${var.in_body} \${join(",", var.in_list)} \${var.behind_uri} \${var.encrypted}")
}
resource "terraform_data" "shown" {
  input = { all = local.all, single = var.encrypted, list = nonsensitive(var.in_list), end = "${end}" }
  provisioner "local-exec" {
    command     = "echo \\"$ALL\\" keys $HW_ACCESS_KEY $HW_SECRET_KEY in $HW_REGION_NAME; echo \\"$ALL\\" >&2; ${end}"
    environment = { ALL = local.all }
  }
  triggers_replace = "${end}"
}
resource "terraform_data" "each" {
  for_each = toset([var.encrypted])
  input    = each.key
}
output "all" {
  description = "all of them"
  value       = local.all
}
output "list" {
  value = nonsensitive(var.in_list)
}
`
const vars_body = `in_body = ${JSON.stringify(planted.inBody)}\nin_list = ["${planted.inList}"]\n`
const variables = () => ({
  vars_structure: [{ var_key: 'in_structure', var_value: planted.inStructure }, encrypted],
  vars_body,
  vars_uri: files.address('/secret.tfvars'),
})
const agencies = [{ provider_name: 'huaweicloud', agency_name: 'deployer' }]

async function showEverything(name: string): Promise<void> {
  await Promise.all([cloud.metadata(name), cloud.events(name), cloud.resources(name), cloud.outputs(name)])
  await Promise.all([cloud.list(), plans.list(name), cloud.template(name)])
}

describe('a secret', () => {
  test('is shown nowhere in the first deployment, which has it in clear', async () => {
    await cloud.created('planted', template('true'), 'DEPLOYMENT_COMPLETE', { ...variables(), agencies })
    const events = JSON.stringify(await cloud.events('planted'))
    // The program did print, with the credentials in its environment, and what is no secret is readable.
    expect(events).toContain('<sensitive> keys <sensitive> <sensitive> in eu-de')
    expect(found(events)).toEqual([])
    const [all] = (await cloud.outputs('planted')).filter(({ name }) => name === 'all')
    expect(all?.value).toContain('<sensitive>')
    await showEverything('planted')
  })

  test('is shown nowhere in a plan and where that is carried out', async () => {
    await plans.available('planted', 'again', template('date'), variables())
    const items = (await plans.items('planted', 'again')) ?? []
    expect(items.length).toBeGreaterThan(0)
    expect(found(JSON.stringify(items))).toEqual([])
    cloud.must(await plans.apply('planted', 'again'))
    expect((await cloud.settled('planted')).status).toBe('DEPLOYMENT_COMPLETE')
    await plans.metadata('planted', 'again')
    await showEverything('planted')
  })

  test('is shown nowhere in a failure and the rollback after it', async () => {
    cloud.must(await cloud.update('planted', { enable_auto_rollback: true }))
    const { stack } = await cloud.deployed('planted', template('exit 3'), 'ROLLBACK_COMPLETE', variables())
    await showEverything('planted')
    expect(found(JSON.stringify(stack.status_message ?? ''))).toEqual([])
    await cloud.created('failing', template('exit 4'), 'DEPLOYMENT_FAILED', { ...variables(), agencies })
    expect((await cloud.metadata('failing')).status_message).toContain('exit 4')
    await showEverything('failing')
  })
})

describe('a deployment or plan without its secrets', () => {
  const other = async () => encryptVariable(() => keys, { project: 'another-project', name: 'encrypted', keyId }, 'x')

  test('fails and names the variable that cannot be decrypted', async () => {
    const broken = { ...variables(), vars_structure: [variables().vars_structure[0]!, await other()] }
    const { stack } = await cloud.created('undecipherable', template('true'), 'DEPLOYMENT_FAILED', broken)
    expect(stack.status_message).toMatch(/The variable encrypted could not be decrypted/)
    cloud.must(await plans.create('planted', 'undecipherable', template('true'), broken))
    const plan = await plans.made('planted', 'undecipherable')
    expect(plan.status).toBe('CREATION_FAILED')
    expect(plan.status_message).toMatch(/The variable encrypted could not be decrypted/)
    await showEverything('undecipherable')
  })

  test.each([
    ['nobody', { provider_name: 'huaweicloud', agency_name: 'nobody' }, /agency nobody .* no credentials are stored/],
    [
      'a role',
      { provider_name: 'aws', agency_urn: 'arn:aws:iam::123456789012:role/rfs/deployer' },
      /role\/rfs\/deployer .* cannot assume AWS roles/,
    ],
  ])('fails and names the agency that gives no credentials: %s', async (name, agency, expected) => {
    const stackName = `agency-${name.replace(' ', '-')}`
    const { stack } = await cloud.created(stackName, template('true'), 'DEPLOYMENT_FAILED', {
      ...variables(),
      agencies: [agency],
    })
    expect(stack.status_message).toMatch(expected)
    await showEverything(stackName)
  })
})

describe('afterwards', () => {
  test('no response had a secret in it, but for what a user gave in clear and asks for again', () => {
    expect(responses.length).toBeGreaterThan(50)
    // By the API, variables and templates come back as they were given: encrypted ones encrypted.
    const given = (_key: string, value: unknown) =>
      typeof value === 'object' && value !== null
        ? { ...value, vars_structure: undefined, vars_body: undefined, vars_uri_content: undefined }
        : value
    const leaks = responses.flatMap(({ url, text }) => {
      const shown = url.endsWith('/metadata')
        ? JSON.stringify(JSON.parse(text), (k, v) => (k === '' ? given(k, v) : v))
        : text
      return found(shown).map((needle) => `${url}: ${needle}`)
    })
    expect(leaks).toEqual([])
    const hidden = [planted.encrypted, planted.agency, planted.session]
    expect(responses.filter(({ text }) => hidden.some((needle) => text.includes(needle)))).toEqual([])
  })

  test('no log line has one', () => {
    expect(cloud.logs.length).toBeGreaterThan(10)
    expect(cloud.logs.filter((line) => found(line).length > 0)).toEqual([])
  })

  test('no item of the table has one', async () => {
    const client = new DynamoDBClient(sdkSettings(cloud.cloud.endpoints.dynamodb))
    let after: Record<string, unknown> | undefined
    let items = 0
    do {
      const page = await client.send(
        new ScanCommand({ TableName: cloud.cloud.tableNames[0], ExclusiveStartKey: after as never }),
      )
      for (const item of page.Items ?? []) {
        items += 1
        expect(found(JSON.stringify(item))).toEqual([])
        expect(found(JSON.stringify(item).replaceAll('\\"', '"'))).toEqual([])
      }
      after = page.LastEvaluatedKey
    } while (after)
    client.destroy()
    expect(items).toBeGreaterThan(20)
  })

  test('the bucket has them where the engine and the API must find them, and nowhere else', async () => {
    const { endpoints, resources } = cloud.cloud
    const client = new S3Client({ ...sdkSettings(endpoints.s3), forcePathStyle: true })
    const Bucket = Object.entries(resources).find(([id]) => id.startsWith('StorageBucket'))![1]
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
    const texts = await Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
        return { key: Key!, text: await Body!.transformToString() }
      }),
    )
    client.destroy()
    expect(texts.some(({ key }) => key.endsWith('variables.json'))).toBe(true)
    // States and saved plans hold what the engine needs; templates and variables are what the user gave.
    const inClear = /\/(states\/[^/]+\.json|plan\.bin|main\.tf|variables\.json)$/
    expect(texts.filter(({ key, text }) => !inClear.test(key) && found(text).length > 0).map(({ key }) => key)).toEqual(
      [],
    )
    for (const { key, text } of texts.filter(({ key }) => /(main\.tf|variables\.json)$/.test(key)))
      expect(text.includes(planted.encrypted), key).toBe(false)
    for (const { key, text } of texts) expect(text.includes(planted.agency), key).toBe(false)
  })
})
