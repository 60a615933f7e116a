/**
 * Recorded requests to a real Heat and its answers, compiled beside this project and not part of it, and a way to send them to
 * another server in the same order. Where they are not there, nothing can be compared, and the tests say so.
 */
import { existsSync, readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { GivenAccessKey } from '../../shared/auth/access-keys.ts'
import { signWith } from '../../shared/auth/sign.ts'
import { pythonJson } from '../../shared/software/python-text.ts'

export interface RtsCase {
  readonly name: string
  /** `must`: status and body are compared; `status`: the status; `info`: Heat itself misbehaves, nothing is. */
  readonly tier: 'must' | 'status' | 'info'
  readonly method: string
  readonly path: string
  readonly json?: unknown
  readonly raw?: string
  /** Null: none is sent. */
  readonly content_type?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Who asks; the owner of the project when absent. */
  readonly as?: string
  /** Name -> path in the answer. */
  readonly save?: Readonly<Record<string, string>>
  /** Seconds to wait afterwards. */
  readonly sleep?: number
}

export interface RtsExpectation {
  readonly case: string
  readonly tier: RtsCase['tier']
  readonly status: number
  readonly content_type: string
  readonly allow?: string
  readonly body: unknown
}

const folder = '../../../shared/spec/rts'

/** The content of a reference file, undefined where it is not there. */
export function readReference(file: string): string | undefined {
  const path = fileURLToPath(new URL(`${folder}/${file}`, import.meta.url))
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

export function readCases(file: string): readonly RtsCase[] {
  const text = readReference(file)
  return text === undefined ? [] : (JSON.parse(text) as { cases: RtsCase[] }).cases
}

/** Python wrote the file, and Heat lets NaN and Infinity through; no case that is compared has them. */
export function readExpectations<Line = RtsExpectation>(file: string): readonly Line[] {
  const lines = (readReference(file) ?? '').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line.replace(/: (NaN|-?Infinity)\b/g, ': null')) as Line)
}

export interface RtsAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

/** `fetch` adds a content type and refuses some requests; the recorded ones are sent exactly. */
export function send(
  url: string,
  { method, headers = {}, body }: { method: string; headers?: Record<string, string>; body?: string },
): Promise<RtsAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
    const request = httpRequest(url, { method, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const isJson = String(response.headers['content-type'] ?? '').includes('json')
        const content = text === '' ? null : isJson ? JSON.parse(text) : text
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: content })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** `{$repeat, $times}` stands for a long text. */
function expand(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expand)
  if (typeof value !== 'object' || value === null) return value
  const { $repeat, $times } = value as { $repeat?: string; $times?: number }
  if ($repeat !== undefined) return $repeat.repeat($times ?? 1)
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, expand(entry)]))
}

function at(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => (value as Record<string, unknown> | null)?.[step], body)
}

/** Ids that were kept appear by their names, times by their form, as in the expectations. */
function mask(value: unknown, names: ReadonlyMap<string, string>, baseUrl: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => mask(entry, names, baseUrl))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mask(entry, names, baseUrl)]))
  }
  if (typeof value !== 'string') return value
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) return '<tsZ>'
  return [...names].reduce((text, [id, name]) => text.replaceAll(id, `<${name}>`), value.replaceAll(baseUrl, '<base>'))
}

export interface CaseRunner {
  /** Sends a case; its body comes masked. */
  run(given: RtsCase): Promise<RtsAnswer>
}

/** The key of each actor of the recording; `admin` is asked about for information only. */
export function actorKeys(project: string, other: string): Readonly<Record<string, GivenAccessKey>> {
  const key = (name: string, given: Omit<GivenAccessKey, 'accessKey' | 'secretKey'>): GivenAccessKey => ({
    accessKey: `AK${name.toUpperCase()}${project.slice(0, 12).toUpperCase()}`,
    secretKey: `not-a-secret-of-${name}`,
    ...given,
  })
  const owner = key('owner', { project, role: 'full' })
  return {
    owner,
    admin: owner,
    other: key('other', { project: other, role: 'full' }),
    reader: key('reader', { project, role: 'read' }),
    stackuser: key('stackuser', { project, role: 'server' }),
    otherstackuser: key('otherstackuser', { project: other, role: 'server' }),
    noroles: key('noroles', { project, policy: {} }),
  }
}

/** What identifies the actor of a case. @throws Error for an actor without a key */
function credentialsOf(
  actor: string,
  keys: Readonly<Record<string, GivenAccessKey>>,
  request: { method: string; url: string; headers: Record<string, string>; body?: string },
): Record<string, string> {
  if (actor === 'none') return {}
  if (actor === 'badtoken') return { 'X-Auth-Token': 'not-a-valid-token' }
  const key = keys[actor]
  if (!key) throw new Error(`no key is given for ${actor}`)
  return signWith(key)(request)
}

/**
 * @param variables what `${...}` stands for at the start: project, other, server
 * @param keys by actor, of the projects in `variables`
 */
export function caseRunner(
  baseUrl: string,
  variables: Readonly<Record<string, string>>,
  keys: Readonly<Record<string, GivenAccessKey>>,
): CaseRunner {
  const saved = new Map(Object.entries(variables))
  // What an id is that no answer had.
  const unsaved = '00000000-0000-4000-8000-0000000000ff'
  const insert = (text: string) => text.replace(/\$\{(\w+)\}/g, (_, name: string) => saved.get(name) ?? unsaved)
  const bodyOf = ({ json, raw }: RtsCase) => {
    if (raw !== undefined) return insert(raw)
    return json === undefined ? undefined : insert(pythonJson(expand(json)))
  }
  const headersOf = (given: RtsCase, body: string | undefined) => {
    const type = given.content_type === undefined ? 'application/json' : given.content_type
    return { ...given.headers, ...(type !== null && body !== undefined ? { 'Content-Type': type } : {}) }
  }
  return {
    run: async (given) => {
      const body = bodyOf(given)
      const url = `${baseUrl}${insert(given.path)}`
      const request = { method: given.method, headers: headersOf(given, body), ...(body === undefined ? {} : { body }) }
      const credentials = credentialsOf(given.as ?? 'owner', keys, { url, ...request })
      const answer = await send(url, { ...request, headers: { ...request.headers, ...credentials } })
      for (const [name, path] of Object.entries(given.save ?? {})) {
        const value = at(answer.body, path)
        if (typeof value === 'string') saved.set(name, value)
        else saved.delete(name)
      }
      if (given.sleep) await new Promise((resolve) => setTimeout(resolve, Number(given.sleep) * 1000))
      // The last name given to an id counts, as it does in the recording.
      const known = [...saved].filter(([name]) => !(name in variables) || name === 'server')
      const names = new Map([[unsaved, 'unsaved'], ...known.map(([name, id]) => [id, name] as const)])
      return { ...answer, body: mask(answer.body, names, baseUrl) }
    },
  }
}
