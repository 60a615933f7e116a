/**
 * List prices of AWS in us-east-1, in US dollars, first tier, without what is free. As AWS published them in 2025; nothing
 * here asks AWS, so check them before you rely on them.
 */
export const pricesOf = '2025'

interface Price {
  readonly usd: number
  /** For so many of the unit. */
  readonly per: number
  readonly unit: string
}

export const prices = {
  tableReads: { usd: 0.125, per: 1_000_000, unit: 'read request units, on demand' },
  tableWrites: { usd: 0.625, per: 1_000_000, unit: 'write request units, on demand' },
  bucketWrites: { usd: 0.005, per: 1_000, unit: 'PUT and LIST requests' },
  bucketReads: { usd: 0.0004, per: 1_000, unit: 'GET requests' },
  queueRequests: { usd: 0.5, per: 1_000_000, unit: 'requests to FIFO queues, of 64 KB each' },
  keyRequests: { usd: 0.03, per: 10_000, unit: 'requests to KMS' },
  keys: { usd: 1, per: 1, unit: 'KMS keys, a month' },
  functionRequests: { usd: 0.2, per: 1_000_000, unit: 'invocations' },
  functionSeconds: { usd: 0.0000133334, per: 1, unit: 'gigabyte-seconds of memory, arm64' },
  functionDisk: { usd: 0.0000000309, per: 1, unit: 'gigabyte-seconds of disk above 512 MB' },
  gatewayRequests: { usd: 3.5, per: 1_000_000, unit: 'requests to a REST API' },
  logs: { usd: 0.5, per: 1, unit: 'gigabytes taken in by CloudWatch Logs' },
  transfer: { usd: 0.09, per: 1, unit: 'gigabytes to the internet' },
  alarms: { usd: 0.1, per: 1, unit: 'alarms, a month' },
} as const satisfies Readonly<Record<string, Price>>

export type PricedUnit = keyof typeof prices

/** What so many of a unit cost. */
export function costOf(unit: PricedUnit, amount: number): number {
  const { usd, per } = prices[unit]
  return (amount / per) * usd
}
