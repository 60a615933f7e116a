/** What usage costs at list prices. */
import { costOf } from './prices.ts'
import type { Usage } from './usage.ts'

/** How a function runs. */
export interface FunctionUse {
  readonly ms: number
  readonly memoryMegabytes: number
  readonly diskMegabytes?: number
}

const freeDiskMegabytes = 512

/** One invocation. Lambda counts whole milliseconds. */
export function functionCost({ ms, memoryMegabytes, diskMegabytes = freeDiskMegabytes }: FunctionUse): number {
  const seconds = Math.ceil(ms) / 1000
  const disk = ((diskMegabytes - freeDiskMegabytes) / 1024) * seconds
  return (
    costOf('functionRequests', 1) +
    costOf('functionSeconds', (memoryMegabytes / 1024) * seconds) +
    costOf('functionDisk', disk)
  )
}

export interface StoreCosts {
  readonly table: number
  readonly bucket: number
  readonly queue: number
  readonly keys: number
}

export function storeCosts(usage: Usage): StoreCosts {
  return {
    table: costOf('tableReads', usage.readUnits) + costOf('tableWrites', usage.writeUnits),
    bucket: costOf('bucketReads', usage.bucketReads) + costOf('bucketWrites', usage.bucketWrites),
    queue: costOf('queueRequests', usage.queueRequests),
    keys: costOf('keyRequests', usage.keyRequests),
  }
}

export const totalOf = (costs: object) => Object.values<number>({ ...costs }).reduce((sum, cost) => sum + cost, 0)
