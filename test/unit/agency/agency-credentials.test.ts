import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agencyCredentials } from '../../../shared/agency/agency-credentials.ts'
import { type AgencySecrets, openAgencySecrets } from '../../../shared/agency/agency-secrets.ts'
import type { RoleRequest } from '../../../shared/agency/assume-role.ts'
import { variablesProblem } from '../../../shared/agency/provider-variables.ts'
import { localKeyService } from '../../../shared/auth/secrets.ts'
import type { Agency } from '../../../shared/contract/fields.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'

let memory: MemoryTable
let secrets: AgencySecrets
const keys = localKeyService(randomBytes(32).toString('base64'))
const now = new Date('2026-01-02T03:04:05Z')

beforeAll(async () => {
  memory = await startMemoryTable()
  secrets = openAgencySecrets(memory.table, () => keys)
})
afterAll(() => memory?.stop())

const place = { project: 'project-one', provider: 'huaweicloud', agency: 'deployer' }
const huawei = { HW_ACCESS_KEY: 'access-1', HW_SECRET_KEY: 'secret-1', HW_REGION_NAME: 'eu-de' }
const roleArn = 'arn:aws:iam::123456789012:role/rfs/deployer'
const owner = (agencies: Agency[], project = 'project-one') => ({ project, id: 'stack-1', agencies })
const byName = { provider_name: 'huaweicloud', agency_name: 'deployer' }
const byRole = { provider_name: 'aws', agency_urn: roleArn }

function roles() {
  const requests: RoleRequest[] = []
  const assumeRole = async (request: RoleRequest) => {
    requests.push(request)
    return { accessKeyId: 'ASIA', secretAccessKey: 'role-secret', sessionToken: 'role-session' }
  }
  return { requests, assumeRole }
}

describe('stored credentials', () => {
  test('are kept without a value in clear, found, listed by name, replaced and removed', async () => {
    await secrets.set(place, { HW_ACCESS_KEY: 'old', HW_SECRET_KEY: 'old' }, now)
    await secrets.set(place, huawei, now)
    const item = await memory.table.get({ pk: 'PROJECT#project-one', sk: 'SECRET#huaweicloud#deployer' })
    expect(JSON.stringify(item)).not.toMatch(/access-1|secret-1|eu-de/)
    expect(await secrets.find(place)).toEqual(huawei)
    expect(await secrets.find({ ...place, project: 'project-two' })).toBeUndefined()
    const names = ['HW_ACCESS_KEY', 'HW_REGION_NAME', 'HW_SECRET_KEY']
    const entry = { provider: 'huaweicloud', agency: 'deployer', names, updatedAt: now.toISOString() }
    expect(await secrets.list('project-one')).toEqual([entry])
    const other = { ...place, agency: 'other' }
    await secrets.set(other, huawei, now)
    expect([await secrets.remove(other), await secrets.remove(other)]).toEqual([true, false])
  })

  test('do not open in the place of others', async () => {
    await secrets.set(place, huawei, now)
    const item = await memory.table.get({ pk: 'PROJECT#project-one', sk: 'SECRET#huaweicloud#deployer' })
    await memory.table.put({ ...item!, pk: 'PROJECT#thief' })
    await expect(secrets.find({ ...place, project: 'thief' })).rejects.toThrow()
    await expect(agencyCredentials({ secrets }, owner([byName], 'thief'), 60)).rejects.toThrow(
      'The agency deployer of the provider huaweicloud cannot be used: its stored credentials could not be read.',
    )
  })

  test.each([
    'PATH',
    'HOME',
    'LD_PRELOAD',
    'TF_CLI_ARGS',
    'TF_LOG',
    'AWS_SECRET_ACCESS_KEY',
    'GIT_SSH_COMMAND',
    '__proto__',
  ])('cannot set %s for another provider', async (name) => {
    const values = Object.fromEntries([
      ['HW_SECRET_KEY', 'x'],
      [name, '/tmp/evil'],
    ])
    await expect(secrets.set(place, values, now)).rejects.toThrow(`${name} is no variable of the provider huaweicloud`)
  })

  test.each([
    ['an unknown provider', 'constructor', { X: 'y' }, 'no known variables'],
    ['no secret at all', 'huaweicloud', { HW_REGION_NAME: 'eu-de' }, 'None of HW_ACCESS_KEY'],
    ['an empty value', 'huaweicloud', { HW_SECRET_KEY: '' }, 'HW_SECRET_KEY is empty'],
    ['the name of a file', 'google', { GOOGLE_CREDENTIALS: '/etc/passwd' }, 'must be the JSON text'],
  ])('are refused with %s', (_, provider, values, problem) => {
    expect(variablesProblem(provider, values as Record<string, string>)).toContain(problem)
  })
})

describe("a stack's agencies", () => {
  test('become the variables of their providers, with the secret ones to hide', async () => {
    await secrets.set(place, huawei, now)
    const { requests, assumeRole } = roles()
    const found = await agencyCredentials({ secrets, assumeRole }, owner([byName, byRole]), 1000.2)
    expect(found.environment).toEqual({
      ...huawei,
      AWS_ACCESS_KEY_ID: 'ASIA',
      AWS_SECRET_ACCESS_KEY: 'role-secret',
      AWS_SESSION_TOKEN: 'role-session',
    })
    expect(found.secrets).toEqual(['access-1', 'secret-1', 'ASIA', 'role-secret', 'role-session'])
    expect(requests).toEqual([
      { roleArn, externalId: 'project-one/stack-1', sessionName: 'rfs-stack-1', durationSeconds: 1001 },
    ])
  })

  test('by URN of an agency are those of its name', async () => {
    await secrets.set(place, huawei, now)
    const byUrn = { provider_name: 'huaweicloud', agency_urn: 'iam::domain:agency:deployer' }
    expect((await agencyCredentials({ secrets }, owner([byUrn]), 60)).environment).toEqual(huawei)
  })

  test.each([
    [10, 900],
    [86_400, 3600],
  ])('ask for a role for %d seconds within what STS grants', async (seconds, asked) => {
    const { requests, assumeRole } = roles()
    await agencyCredentials({ secrets, assumeRole }, owner([byRole]), seconds)
    expect(requests[0]!.durationSeconds).toBe(asked)
  })

  test('that give nothing fail, each by its name', async () => {
    const refused = async () => {
      throw new Error('STS answered 403 (AccessDenied)')
    }
    const fails = (agencies: Agency[], sources = {}) =>
      expect(agencyCredentials({ secrets, ...sources }, owner(agencies), 60)).rejects
    await fails([{ ...byName, agency_name: 'nobody' }]).toThrow('The agency nobody of the provider huaweicloud')
    await fails([byRole]).toThrow(`The agency ${roleArn} of the provider aws cannot be used: this installation`)
    await fails([byRole], { assumeRole: refused }).toThrow('with the external id project-one/stack-1')
    await fails([{ ...byRole, provider_name: 'google' }]).toThrow('only the providers aws and awscc')
  })

  test('that set the same variable to different values fail', async () => {
    const { assumeRole } = roles()
    await secrets.set({ ...place, provider: 'awscc' }, { AWS_ACCESS_KEY_ID: 'AKOTHER' }, now)
    const agencies = [byRole, { provider_name: 'awscc', agency_name: 'deployer' }]
    await expect(agencyCredentials({ secrets, assumeRole }, owner(agencies), 60)).rejects.toThrow(
      'another agency sets AWS_ACCESS_KEY_ID to something else',
    )
  })
})
