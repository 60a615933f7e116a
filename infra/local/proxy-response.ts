/** What a function answers to a Lambda proxy integration, and the HTTP response that API Gateway makes of it. */
import * as z from 'zod/mini'
import { matchesMediaType } from './proxy-event.ts'

export type HttpResponse = { statusCode: number; headers: [name: string, value: string][]; body: Buffer }

const HeaderValue = z.union([z.string(), z.number(), z.boolean()])

const ProxyResult = z.strictObject({
  statusCode: z.coerce.number().check(z.int(), z.gte(100), z.lte(599)),
  headers: z.nullish(z.record(z.string(), HeaderValue)),
  multiValueHeaders: z.nullish(z.record(z.string(), z.array(HeaderValue))),
  body: z.nullish(z.string()),
  isBase64Encoded: z.nullish(z.boolean()),
})

/** API Gateway sets these itself. */
const ownHeaders = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'upgrade'])

/**
 * @param payload JSON of the function
 * @param accept the request's `Accept`: only a client that asks for a binary media type gets the bytes behind Base64
 * @returns undefined for a malformed answer: unknown fields, no status, a body that is no text
 */
export function readProxyResponse(
  payload: Buffer,
  accept: string | undefined,
  binaryMediaTypes: string[],
): HttpResponse | undefined {
  const result = z.safeParse(ProxyResult, parseJson(payload.toString('utf8')))
  if (!result.success) return undefined
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = result.data
  const all = mergeHeaders(headers ?? {}, multiValueHeaders ?? {})
  if (!all.some(([name]) => name.toLowerCase() === 'content-type')) all.push(['Content-Type', 'application/json'])
  const contentType = all.find(([name]) => name.toLowerCase() === 'content-type')?.[1]
  const isBinary =
    isBase64Encoded === true &&
    (matchesMediaType(binaryMediaTypes, accept?.split(',')[0]) || matchesMediaType(binaryMediaTypes, contentType))
  return { statusCode, headers: all, body: Buffer.from(body ?? '', isBinary ? 'base64' : 'utf8') }
}

/** A name given in both comes from `multiValueHeaders`, except that values given only once are kept. */
function mergeHeaders(
  single: Record<string, string | number | boolean>,
  multiple: Record<string, (string | number | boolean)[]>,
): [string, string][] {
  const many = Object.entries(multiple).flatMap(([name, values]) =>
    values.map((value) => [name, String(value)] as const),
  )
  const named = new Set(many.map(([name]) => name.toLowerCase()))
  const few = Object.entries(single).filter(([name]) => !named.has(name.toLowerCase()))
  const all = [...few.map(([name, value]) => [name, String(value)] as const), ...many]
  return all.filter(([name]) => !ownHeaders.has(name.toLowerCase())).map(([name, value]) => [name, value])
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
