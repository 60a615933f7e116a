/** How a world goes on: calls take effect one at a time, the dead do nothing any more, nobody waits in real time. */
import { expect, test } from 'vitest'
import { call, pause } from '../../faults/simulation/actor.ts'
import { seededRandom } from '../../faults/simulation/random.ts'
import { runWorld } from '../../faults/simulation/scheduler.ts'
import { createWorld, kill, spawn, standStill } from '../../faults/simulation/world.ts'

const hour = 3600_000
const never = () => false

function quietWorld(seed = 1) {
  const world = createWorld(seed)
  world.troubled = false
  return world
}

test('a call takes effect when the scheduler lets it, and its actor goes on with the answer', async () => {
  const world = quietWorld()
  const seen: string[] = []
  const actor = async (name: string) => {
    for (const at of [1, 2, 3]) {
      seen.push(await call({ label: 'ask', effect: () => `${name}${at}` }))
    }
  }
  spawn(world, { kind: 'api', purpose: 'a', run: () => actor('a') })
  spawn(world, { kind: 'api', purpose: 'b', run: () => actor('b') })
  expect(seen).toEqual([])
  await runWorld(world, never, world.nowMs() + hour)
  expect(seen.filter((each) => each.startsWith('a'))).toEqual(['a1', 'a2', 'a3'])
  expect(seen.filter((each) => each.startsWith('b'))).toEqual(['b1', 'b2', 'b3'])
  expect(world.actors.size).toBe(0)
})

test('a dead actor does nothing any more; what it had asked for may still happen', async () => {
  const effects = new Set<number>()
  for (let seed = 1; seed <= 20; seed += 1) {
    const world = quietWorld(seed)
    let effect = 0
    let wentOn = false
    const actor = spawn(world, {
      kind: 'worker',
      purpose: 'to die',
      run: async () => {
        await call({ label: 'write', effect: () => (effect += 1) })
        wentOn = true
      },
    })
    kill(actor, 'a crash')
    await runWorld(world, never, world.nowMs() + hour)
    expect(wentOn).toBe(false)
    effects.add(effect)
  }
  expect([...effects].sort()).toEqual([0, 1])
})

test('who stands still hears nothing, while the call takes effect in time', async () => {
  const world = quietWorld()
  const from = world.nowMs()
  let [effectAt, heardAt] = [0, 0]
  const actor = spawn(world, {
    kind: 'worker',
    purpose: 'to stand still',
    run: async () => {
      await call({ label: 'write', effect: () => (effectAt = world.nowMs() - from) })
      heardAt = world.nowMs() - from
    },
  })
  standStill(actor, 1000)
  await runWorld(world, never, from + hour)
  expect(effectAt).toBeLessThan(10_000)
  expect(heardAt).toBeGreaterThanOrEqual(1_000_000)
})

test('pauses pass in no real time, and the platform ends who takes too long', async () => {
  const world = quietWorld()
  const deaths: string[] = []
  const run = () => pause(20 * hour)
  spawn(world, { kind: 'api', purpose: 'slow', run, timeLimitMs: 29_000, onDeath: (reason) => deaths.push(reason) })
  spawn(world, { kind: 'client', purpose: 'patient', run })
  const startedAt = performance.now()
  await runWorld(world, () => world.actors.size === 0, world.nowMs() + 100 * hour)
  expect(performance.now() - startedAt).toBeLessThan(1000)
  expect(deaths).toEqual(['its time is over'])
})

test('an actor that waits for something real is found out', async () => {
  const world = quietWorld()
  spawn(world, { kind: 'api', purpose: 'real', run: () => new Promise(() => undefined) })
  await expect(runWorld(world, never, world.nowMs() + hour)).rejects.toThrow(
    'api 1 waits for something that is not simulated',
  )
})

test('the same seed draws the same numbers, and streams of a seed do not disturb each other', () => {
  const draw = (seed: number, stream: string) => Array.from({ length: 5 }, seededRandom(seed, stream).next)
  expect(draw(7, 'a')).toEqual(draw(7, 'a'))
  expect(draw(7, 'a')).not.toEqual(draw(7, 'b'))
  expect(draw(7, 'a')).not.toEqual(draw(8, 'a'))
  const numbers = Array.from({ length: 10_000 }, seededRandom(1, 'even').next)
  expect(numbers.reduce((sum, number) => sum + number, 0) / numbers.length).toBeCloseTo(0.5, 1)
})
