/**
 * Signals: what a server reports at the end of a deployment -> outputs and status `[SEMANTICS 9]`, `[signals.jsonl]`; and the
 * address that it reports to.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ConfigInput, ConfigOutput } from '../contract/software-configs.ts'
import { isFalsy, pythonText } from './python-text.ts'

type Values = Readonly<Record<string, unknown>>

export interface SignalOutcome {
  readonly status: 'COMPLETE' | 'FAILED'
  readonly statusReason: string
  readonly outputValues: Values
}

const always = ['deploy_stdout', 'deploy_stderr', 'deploy_status_code'] as const

function asValues(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {}
}

/**
 * @param outputs those that the config declares; other keys of the body are dropped
 * @param before the deployment's output values so far, which stay unless they are given anew
 */
export function signalOutcome(body: Values, outputs: readonly ConfigOutput[], before: unknown): SignalOutcome {
  const code = body.deploy_status_code
  const failures: string[] = []
  if (!isFalsy(code) && pythonText(code) !== '0') {
    failures.push(`deploy_status_code : Deployment exited with non-zero status code: ${pythonText(code)}`)
  }
  const given = outputs.filter(({ name }) => Object.hasOwn(body, name))
  for (const { name } of given.filter((output) => output.error_output)) {
    failures.push(`${name} : ${pythonText(body[name])}`)
  }
  const outputValues = Object.fromEntries([
    ...Object.entries(asValues(before)),
    ...given.map(({ name }) => [name, body[name]] as const),
    ...always.map((name) => [name, body[name] ?? null] as const),
  ])
  return failures.length > 0
    ? { status: 'FAILED', statusReason: failures.join(', '), outputValues }
    : { status: 'COMPLETE', statusReason: 'Outputs received', outputValues }
}

/** The transport that a config declares: a value of its own input, else that input's default. */
export function signalTransport(inputs: readonly ConfigInput[]): unknown {
  const input = inputs.find(({ name }) => name === 'deploy_signal_transport')
  return input && (input.value ?? input.default)
}

export interface SignalSecret {
  /** 256 random bits; known to the address only. */
  readonly secret: string
  readonly hash: string
}

const hashOf = (secret: string) => createHash('sha256').update(secret).digest('base64url')

export function newSignalSecret(): SignalSecret {
  const secret = randomBytes(32).toString('base64url')
  return { secret, hash: hashOf(secret) }
}

/** Takes the same time whatever is wrong. */
export function isSignalSecret(secret: string, hash: string | undefined): boolean {
  const given = Buffer.from(hashOf(secret))
  const wanted = Buffer.from(hash ?? hashOf(''))
  return given.length === wanted.length && timingSafeEqual(given, wanted) && hash !== undefined
}

/** The secret stands in the query: paths are in access logs, queries are not. */
export function signalAddress(
  baseUrl: string,
  { project, id }: { project: string; id: string },
  { secret }: SignalSecret,
): string {
  return `${baseUrl}/v1/${project}/software_deployments/${id}/signal?secret=${secret}`
}
