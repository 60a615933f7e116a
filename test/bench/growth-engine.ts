/** Deployments and plans of ever more resources through the whole service, against the bare engine, in turns. */
import type { BenchCloud } from './bench-cloud.ts'
import { live, warmUpLives } from './deploy.ts'
import type { Setting } from './section.ts'
import { type Spread, spreadOf } from './statistics.ts'

type Action = 'create' | 'plan'

export interface EngineGrowth {
  readonly action: Action
  readonly side: 'bare' | 'ours'
  readonly at: readonly { readonly size: number; readonly ms: Spread }[]
}

const actions: readonly Action[] = ['create', 'plan']

/** The larger ones take so long that their first one counts. */
const livesOf: Readonly<Record<Setting['size'], readonly { resources: number; rounds: number }[]>> = {
  full: [
    { resources: 10, rounds: 3 },
    { resources: 100, rounds: 3 },
    { resources: 1000, rounds: 1 },
    { resources: 2000, rounds: 1 },
  ],
  quick: [
    { resources: 10, rounds: 1 },
    { resources: 100, rounds: 1 },
    { resources: 300, rounds: 1 },
  ],
  tiny: [
    { resources: 1, rounds: 1 },
    { resources: 3, rounds: 1 },
  ],
}

export async function measureEngineGrowth(cloud: BenchCloud, setting: Setting): Promise<EngineGrowth[]> {
  const sides = { cloud, engine: setting.engine, folder: setting.folder }
  if (setting.size !== 'tiny') await warmUpLives(sides)
  const took: { action: Action; resources: number; bareMs: number; oursMs: number }[] = []
  for (const { resources, rounds } of livesOf[setting.size]) {
    for (let round = 0; round < rounds; round += 1) {
      for (const action of actions) {
        setting.progress(`${action} ${resources} resources, round ${round + 1} of ${rounds}`)
        const [one] = await live(
          sides,
          { resources, actions: [action] },
          `growth-${action}-${resources}-${round}`,
          round,
        )
        if (one) took.push({ action, resources, bareMs: one.bareMs, oursMs: one.oursMs })
      }
    }
  }
  return actions.flatMap((action) =>
    (['bare', 'ours'] as const).map((side) => ({
      action,
      side,
      at: [...Map.groupBy(took, ({ resources }) => resources)].map(([size, all]) => ({
        size,
        ms: spreadOf(all.filter((each) => each.action === action).map((each) => each[`${side}Ms`])),
      })),
    })),
  )
}
