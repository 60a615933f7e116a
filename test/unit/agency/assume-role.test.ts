import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openAssumeRole } from '../../../shared/agency/assume-role.ts'

/** Answers every request in the same way, and keeps what it got. */
async function fakeSts(status: number, answer: string) {
  const requests: { headers: IncomingHttpHeaders; form: Record<string, string> }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    requests.push({ headers: request.headers, form: Object.fromEntries(new URLSearchParams(body)) })
    response.writeHead(status, { 'Content-Type': 'text/xml' }).end(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const assumeRole = openAssumeRole({
    region: 'eu-central-1',
    accessKeyId: 'AKWORKER',
    secretAccessKey: 'worker-secret',
    sessionToken: 'worker-session',
    endpoint,
  })
  return { requests, assumeRole }
}

const role = {
  roleArn: 'arn:aws:iam::123456789012:role/rfs/deployer',
  externalId: 'project-one/5f3c',
  sessionName: 'rfs-5f3c',
  durationSeconds: 900,
}

/** The answer in the API reference of STS, with a key that holds what XML escapes. */
const granted = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/deployer/rfs</Arn><AssumedRoleId>ARO:rfs</AssumedRoleId></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>
      <SecretAccessKey>wJalr/K7MDENG+bPx&amp;Y</SecretAccessKey>
      <SessionToken>AQoDYXdzEPT//////////wEXAMPLE==</SessionToken>
      <Expiration>2026-11-21T12:00:00Z</Expiration>
    </Credentials>
  </AssumeRoleResult>
</AssumeRoleResponse>`

describe('assuming a role', () => {
  test('asks STS in a signed request and reads the credentials of its answer', async () => {
    const { requests, assumeRole } = await fakeSts(200, granted)
    expect(await assumeRole(role)).toEqual({
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalr/K7MDENG+bPx&Y',
      sessionToken: 'AQoDYXdzEPT//////////wEXAMPLE==',
    })
    expect(requests).toHaveLength(1)
    expect(requests[0]!.form).toEqual({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: role.roleArn,
      RoleSessionName: 'rfs-5f3c',
      ExternalId: 'project-one/5f3c',
      DurationSeconds: '900',
    })
    const { authorization, 'x-amz-security-token': session } = requests[0]!.headers
    expect(authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKWORKER\/\d{8}\/eu-central-1\/sts\/aws4_request, /)
    expect(session).toBe('worker-session')
    expect(JSON.stringify(requests)).not.toContain('worker-secret')
  })

  test('says the code of a refusal, and not its words', async () => {
    const refusal =
      '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User X</Message></Error></ErrorResponse>'
    const { assumeRole } = await fakeSts(403, refusal)
    await expect(assumeRole(role)).rejects.toThrow(/^STS answered 403 \(AccessDenied\)$/)
  })

  test('takes no answer without credentials for one', async () => {
    const { assumeRole } = await fakeSts(200, '<AssumeRoleResponse/>')
    await expect(assumeRole(role)).rejects.toThrow('without credentials')
  })
})
