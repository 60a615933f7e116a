/**
 * Whether operations take longer the more there is: stacks in a project, events of a stack, resources of a stack. Beside the
 * times stands the exponent, and the one that is expected: 0 does not grow, 1 grows as the size does.
 */
import { signWith } from '../../shared/auth/sign.ts'
import { type BenchCloud, withBenchCloud } from './bench-cloud.ts'
import { openFunctionBed } from './function-bed.ts'
import type { FunctionProcess } from './function-process.ts'
import {
  type Dimension,
  eventCases,
  type GrowthCase,
  type Place,
  preparePlaces,
  resourceCases,
  stackCases,
} from './growth-cases.ts'
import { type EngineGrowth, measureEngineGrowth } from './growth-engine.ts'
import { meterStores } from './metered-stores.ts'
import type { Section, Setting } from './section.ts'
import { signedEvent } from './signed-event.ts'
import { exponentOf, type Spread, spreadOf } from './statistics.ts'
import { openStores } from './stores.ts'
import { formatNumber, type TextTable } from './text-table.ts'
import { describeCalls } from './usage.ts'

type Scale = Readonly<Record<Dimension['kind'], readonly number[]>>

const scaleOf: Readonly<Record<Setting['size'], Scale>> = {
  full: {
    'stacks in a project': [10, 100, 1_000, 10_000],
    'events of a stack': [100, 1_000, 10_000, 100_000],
    'resources of a stack': [10, 100, 1_000, 2_000],
  },
  quick: {
    'stacks in a project': [10, 100, 1_000],
    'events of a stack': [100, 1_000, 10_000],
    'resources of a stack': [10, 100, 1_000],
  },
  tiny: {
    'stacks in a project': [10, 20],
    'events of a stack': [10, 20],
    'resources of a stack': [10, 20],
  },
}
const casesOf = {
  'stacks in a project': stackCases,
  'events of a stack': eventCases,
  'resources of a stack': resourceCases,
} as const
const samplesOf = { full: 25, quick: 7, tiny: 1 } as const
const warmOf = { full: 15, quick: 5, tiny: 0 } as const

export interface GrowthRow {
  readonly name: string
  readonly kind: Dimension['kind']
  readonly expected: number
  readonly at: readonly { readonly size: number; readonly ms: Spread; readonly calls: string }[]
}

async function ask(started: FunctionProcess, { operation, next }: GrowthCase, place: Place): Promise<number> {
  const event = signedEvent(signWith(place.key), operation, await next(place))
  const { answer, ms } = await started.invoke(event)
  const { statusCode, body } = answer as { statusCode: number; body: string }
  if (statusCode !== operation.success.status) {
    throw new Error(`${operation.operationId} is answered ${statusCode}: ${body.slice(0, 500)}`)
  }
  return ms
}

const nameOf = ({ operation, how }: GrowthCase) => `${operation.operationId}${how === '' ? '' : `, ${how}`}`

/** What each case asks of the stores at each size. The first request reads the caller's key, which is not counted. */
async function countCalls(cloud: BenchCloud, { assembly }: Setting, { cases }: Dimension, places: readonly Place[]) {
  const meter = await meterStores(cloud)
  const bed = await openFunctionBed(cloud, assembly, { endpoints: meter.endpoints, kmsEndpoint: meter.kmsEndpoint })
  try {
    const counted: string[][] = []
    for (const each of cases) {
      const [started, calls]: [FunctionProcess, string[]] = [bed.start(each.operation.id), []]
      for (const place of places) {
        await ask(started, each, place)
        const { usage } = await meter.during(() => ask(started, each, place))
        calls.push(describeCalls(usage))
      }
      await started.stop()
      counted.push(calls)
    }
    return counted
  } finally {
    bed.close()
    await meter.stop()
  }
}

async function timeCases(cloud: BenchCloud, setting: Setting, { cases, kind }: Dimension, places: readonly Place[]) {
  const bed = await openFunctionBed(cloud, setting.assembly)
  try {
    const all = cases.map((each) => ({
      each,
      started: bed.start(each.operation.id),
      samples: places.map((): number[] => []),
    }))
    const rounds = warmOf[setting.size] + samplesOf[setting.size]
    for (let round = 0; round < rounds; round += 1) {
      setting.progress(`${kind}: round ${round + 1} of ${rounds}`)
      for (const { each, started, samples } of all) {
        for (const [at, place] of places.entries()) {
          const ms = await ask(started, each, place)
          if (round >= warmOf[setting.size]) samples[at]?.push(ms)
        }
      }
    }
    return all.map(({ samples }) => samples.map(spreadOf))
  } finally {
    bed.close()
  }
}

async function measureDimension(cloud: BenchCloud, setting: Setting, kind: Dimension['kind']): Promise<GrowthRow[]> {
  const dimension = { kind, sizes: scaleOf[setting.size][kind], cases: casesOf[kind] }
  const stores = openStores(cloud)
  try {
    setting.progress(`preparing ${kind}`)
    const places = await preparePlaces(cloud, stores, dimension)
    const times = await timeCases(cloud, setting, dimension, places)
    const calls = await countCalls(cloud, setting, dimension, places)
    return dimension.cases.map((each, row) => ({
      name: nameOf(each),
      kind,
      expected: each.expected,
      at: places.map(({ size }, at) => ({ size, ms: times[row]![at]!, calls: calls[row]![at]! })),
    }))
  } finally {
    stores.close()
  }
}

interface Timed {
  readonly at: readonly { readonly size: number; readonly ms: Spread }[]
}

/** Over all sizes, and between the two largest, where what does not grow weighs least. */
function exponents({ at }: Timed): string[] {
  const points = at.map(({ size, ms }) => ({ size, value: ms.median }))
  return [exponentOf(points), exponentOf(points.slice(-2))].map((exponent) => exponent.toFixed(2))
}

const sizeColumns = ({ at }: Timed) => at.map(({ size }) => `${size.toLocaleString('en-US')} ms`)
const sizeCells = ({ at }: Timed) => at.map(({ ms }) => formatNumber(ms.median))

function dimensionTable(kind: Dimension['kind'], rows: readonly GrowthRow[]): TextTable {
  const [first] = rows
  return {
    title: `Growth with the ${kind}`,
    columns: ['operation<', ...(first ? sizeColumns(first) : []), 'exponent', 'at the end', 'expected', 'calls<'],
    rows: rows.map((row) => {
      const calls = [...new Set(row.at.map((each) => each.calls))]
      return [row.name, ...sizeCells(row), ...exponents(row), String(row.expected), calls.join(' -> ')]
    }),
    notes: [
      'Medians of the warm handler alone, in a process of its own; the store is on this machine. Commands do not wait for their jobs.',
      'exponent: slope of the logarithms over all sizes, and between the two largest; calls: where they differ by size, each of them.',
    ],
  }
}

function engineTable(rows: readonly EngineGrowth[]): TextTable {
  const [first] = rows
  return {
    title: 'Growth of deployments and plans with the resources of the template, against the bare engine',
    columns: ['what<', ...(first ? sizeColumns(first) : []), 'exponent', 'at the end', 'expected'],
    rows: rows.map((row) => [
      `${row.action}, ${row.side}`,
      ...sizeCells(row),
      ...exponents(row),
      row.side === 'ours' ? 'as the bare one' : '',
    ]),
    notes: [
      'From the request to the final status, as in the table of deployments. The larger sizes are measured once.',
    ],
  }
}

export const growth: Section = {
  name: 'growth',
  help: 'how times grow with stacks, events and resources, with the exponent',
  measure: (setting) =>
    withBenchCloud(setting, async (cloud) => {
      const rows: GrowthRow[] = []
      for (const kind of ['stacks in a project', 'events of a stack', 'resources of a stack'] as const) {
        rows.push(...(await measureDimension(cloud, setting, kind)))
      }
      const engine = await withBenchCloud(setting, (fresh) => measureEngineGrowth(fresh, setting))
      const tables = [...Map.groupBy(rows, ({ kind }) => kind)].map(([kind, some]) => dimensionTable(kind, some))
      return { rows: { stores: rows, engine }, tables: [...tables, engineTable(engine)] }
    }),
}
