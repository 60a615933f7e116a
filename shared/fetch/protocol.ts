/**
 * What an API function asks of the fetcher, and what it answers. The fetcher is a function of its own without any
 * permission, so that nothing an address leads to is ever asked with the service's rights.
 */
import * as z from 'zod/mini'

export const FetchRequest = z.object({
  address: z.string(),
  /** The caller's: of the service's own bucket, only what is stored for it is fetched. */
  project: z.string(),
  /** Bytes that the file may have; more of it is not read. */
  maxBytes: z.int(),
})
export type FetchRequest = z.infer<typeof FetchRequest>

export const fetchProblems = [
  /** No address that could be fetched by anybody: another scheme, credentials in it. */
  'malformed',
  /** None of the hosts that the operator named, or another port. */
  'not-allowed',
  /** The name leads to an address that is not on the public internet. */
  'not-public',
  'unreachable',
  'too-slow',
  'too-many-redirects',
  /** Any status but 200; `status` says which. */
  'no-file',
  /** Packed in a way that was not asked for and is not known here, or damaged. */
  'unknown-encoding',
  'too-large',
] as const
export type FetchProblem = (typeof fetchProblems)[number]

export const FetchAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('fetched'), base64: z.string() }),
  z.object({ outcome: z.literal('refused'), problem: z.enum(fetchProblems), status: z.optional(z.int()) }),
])
export type FetchAnswer = z.infer<typeof FetchAnswer>

/** Why an address was not fetched; for the log, and, by its `problem`, for the caller. */
export class FetchRefused extends Error {
  readonly problem: FetchProblem
  readonly status: number | undefined

  constructor(problem: FetchProblem, options: { status?: number; cause?: unknown } = {}) {
    super(`the address was not fetched: ${problem}`, 'cause' in options ? { cause: options.cause } : {})
    this.name = 'FetchRefused'
    this.problem = problem
    this.status = options.status
  }
}
