/** Credentials of an AWS role for a short time. One signed request: the client of STS would be a fifth of the worker. */
import { AwsClient } from 'aws4fetch'

export interface RoleRequest {
  readonly roleArn: string
  /** What the role's trust policy asks for, so that nobody has the service assume a role for somebody else. */
  readonly externalId: string
  /** Appears in the role's audit trail: 2 to 64 letters, digits and `=,.@-`. */
  readonly sessionName: string
  readonly durationSeconds: number
}

export interface RoleCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/** @throws Error with the code that STS answers, and nothing of credentials */
export type AssumeRole = (request: RoleRequest) => Promise<RoleCredentials>

export interface StsSettings {
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  /** Absent: that of the region. */
  readonly endpoint?: string | undefined
}

export function openAssumeRole({ endpoint, ...credentials }: StsSettings): AssumeRole {
  const aws = new AwsClient({ ...credentials, service: 'sts', retries: 3 })
  const suffix = credentials.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const url = endpoint ?? `https://sts.${credentials.region}.${suffix}/`
  return async ({ roleArn, externalId, sessionName, durationSeconds }) => {
    const form = new URLSearchParams({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      ExternalId: externalId,
      DurationSeconds: String(durationSeconds),
    })
    const response = await aws.fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: form.toString(),
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`STS answered ${response.status} (${textOf(answer, 'Code') ?? 'no code'})`)
    const accessKeyId = textOf(answer, 'AccessKeyId')
    const secretAccessKey = textOf(answer, 'SecretAccessKey')
    const sessionToken = textOf(answer, 'SessionToken')
    if (!accessKeyId || !secretAccessKey || !sessionToken) throw new Error('STS answered without credentials')
    return { accessKeyId, secretAccessKey, sessionToken }
  }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The text of an element of an XML answer that has neither attributes nor elements in it. */
function textOf(xml: string, tag: string): string | undefined {
  const text = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1]
  return text?.trim().replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name]!)
}
