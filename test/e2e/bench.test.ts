/** What the benchmark counts is what happens: the functions in processes of their own, behind servers that count. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { findEngine } from '../../shared/engine/engine-binary.ts'
import { type BenchCloud, startBenchCloud } from '../bench/bench-cloud.ts'
import { type FunctionBed, openFunctionBed } from '../bench/function-bed.ts'
import { type MeteredStores, meterStores } from '../bench/metered-stores.ts'
import { operationAsks } from '../bench/operation-requests.ts'
import type { Setting } from '../bench/section.ts'
import { sections } from '../bench/sections.ts'
import { openStores } from '../bench/stores.ts'
import { describeCalls } from '../bench/usage.ts'
import { countDeployment } from '../bench/whole-deployment.ts'

let cloud: BenchCloud
let meter: MeteredStores
let bed: FunctionBed
let folder: string
beforeAll(async () => {
  const assembly = inject('assembly')
  folder = await mkdtemp(join(tmpdir(), 'rfs-bench-test-'))
  cloud = await startBenchCloud({ assembly })
  meter = await meterStores(cloud)
  bed = await openFunctionBed(cloud, assembly, { endpoints: meter.endpoints, kmsEndpoint: meter.kmsEndpoint })
})
afterAll(async () => {
  bed?.close()
  await meter?.stop()
  await cloud?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('every operation of the contract is asked for', async () => {
  const { table, blobs, close } = openStores(cloud)
  const names = (await operationAsks(table, blobs, cloud)).map(({ name }) => name)
  close()
  expect(names).toEqual(expect.arrayContaining(['CreateStack', 'CreateStack with a template', 'GetOpenapi']))
  expect(new Set(names).size).toBe(names.length)
})

describe('one deployment, counted', () => {
  test('is a command, a message, a run by way of the worker, and its reads', async () => {
    const use = await countDeployment(cloud, bed, meter, { resources: 2, secondsEach: 0 })
    expect(describeCalls(use.command.usage)).toBe('3 UpdateItem, GetItem, 2 PutObject, PutItem, SendMessage')
    // Minute, quota and place; the stack, its entry in the list and in the index of jobs, each of them below a kilobyte.
    expect(use.command.usage).toMatchObject({ readUnits: 1, bucketWrites: 2, queueRequests: 1, keyRequests: 0 })
    expect(use.command.usage.writeUnits).toBeGreaterThanOrEqual(3 + 3)
    expect(describeCalls(use.poller)).toBe('ReceiveMessage, DeleteMessage')
    expect(use.worker.usage.calls).toEqual(expect.arrayContaining(['invoke runner', 'BatchWriteItem', 'PutItem']))
    // Each event is an item of its own.
    expect(use.worker.usage.writeUnits).toBeGreaterThan(use.events)
    // The state, by the runner's own link, and the view of it.
    expect(use.worker.usage.bucketWrites).toBeGreaterThanOrEqual(2)
    expect(describeCalls(use.question.usage)).toBe('GetItem, GetObject')
    expect(describeCalls(use.sweep.usage)).toBe('Query')
    expect(use.sweep.usage.readUnits).toBe(0.5)
  })
})

test('a section that is measured in the smallest size has a table with its columns filled', async () => {
  const engine = await findEngine({ chosen: process.env.RFS_ENGINE, searchPath: process.env.PATH })
  const setting: Setting = { size: 'tiny', folder, engine, assembly: inject('assembly'), progress: () => undefined }
  for (const name of ['deploy', 'throughput', 'load', 'software']) {
    const section = sections.find((each) => each.name === name)
    const { tables } = await section!.measure(setting)
    expect(tables.length, name).toBeGreaterThan(0)
    for (const { rows, columns } of tables) {
      expect(rows.length, name).toBeGreaterThan(0)
      for (const row of rows) expect(row, name).toHaveLength(columns.length)
    }
  }
})
