import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { watchSnapshots } from '../../../shared/engine/snapshots.ts'
import { isWholeState, readWholeState } from '../../../shared/engine/state-file.ts'
import { temporaryFolder } from './temporary-folder.ts'

const state = (serial: number) => JSON.stringify({ version: 4, serial, lineage: 'l', resources: [] }, undefined, 2)
const serialOf = (bytes: Buffer) => JSON.parse(bytes.toString()).serial

async function watch(failTimes = 0, first?: string) {
  const stateFile = join(await temporaryFolder(), 'terraform.tfstate')
  if (first !== undefined) await writeFile(stateFile, first)
  const saves: { serial: number; final: boolean; atMs: number }[] = []
  let failures = failTimes
  let underWay = 0
  const save = async (bytes: Buffer, final: boolean) => {
    expect(++underWay).toBe(1)
    await wait(5)
    underWay -= 1
    if (failures-- > 0) throw new Error('store down')
    saves.push({ serial: serialOf(bytes), final, atMs: Date.now() })
  }
  const snapshots = await watchSnapshots({ stateFile, save, now: Date.now })
  onTestFinished(() => snapshots.stop())
  return { stateFile, saves, snapshots, serials: () => saves.map(({ serial }) => serial) }
}

describe('snapshots of the state', () => {
  it('leave at once after the first change, then at most once a second, and always at the end', async () => {
    const { stateFile, saves, snapshots } = await watch()
    const startedAtMs = Date.now()
    for (let serial = 1; serial <= 25; serial += 1) {
      await writeFile(stateFile, state(serial))
      await wait(100)
    }
    await snapshots.stop()
    expect(await snapshots.finish()).toBe('complete')
    expect(saves[0]!.atMs - startedAtMs).toBeLessThan(300)
    const pauses = saves.slice(1, -1).map(({ atMs }, index) => atMs - saves[index]!.atMs)
    for (const pauseMs of pauses) expect(pauseMs).toBeGreaterThanOrEqual(950)
    expect(saves.length).toBeGreaterThanOrEqual(3)
    expect(saves.length).toBeLessThanOrEqual(5)
    expect(saves.at(-1)).toMatchObject({ serial: 25, final: true })
  })

  it('do not count the state that the run began with as a change, but save it at the end', async () => {
    const { saves, snapshots, serials } = await watch(0, state(3))
    await wait(200)
    expect(saves).toEqual([])
    await snapshots.stop()
    expect(await snapshots.finish()).toBe('complete')
    expect(serials()).toEqual([3])
  })

  it('are not saved twice', async () => {
    const { stateFile, snapshots, serials } = await watch()
    await writeFile(stateFile, state(1))
    await wait(250)
    await snapshots.stop()
    await snapshots.finish()
    expect(serials()).toEqual([1])
    expect(snapshots.saved()).toBe(true)
  })

  it('are never half a state; after a kill in the middle of a write, the last complete one is kept', async () => {
    const { stateFile, snapshots, serials } = await watch()
    await writeFile(stateFile, state(1))
    await wait(200)
    await writeFile(stateFile, state(2).slice(0, 30))
    await wait(200)
    await snapshots.stop()
    expect(await snapshots.finish()).toBe('damaged')
    expect(serials()).toEqual([1])
  })

  it('come later when the store refuses, and the end does not give up', async () => {
    const { stateFile, saves, snapshots, serials } = await watch(1)
    await writeFile(stateFile, state(1))
    await wait(300)
    expect(saves).toEqual([])
    expect(snapshots.saved()).toBe(false)
    await snapshots.stop()
    await snapshots.finish()
    expect(serials()).toEqual([1])
    expect(saves[0]!.final).toBe(true)
  })

  it('pass on the error of the last save', async () => {
    const { stateFile, snapshots } = await watch(9)
    await writeFile(stateFile, state(1))
    await snapshots.stop()
    await expect(snapshots.finish()).rejects.toThrow('store down')
    expect(snapshots.saved()).toBe(false)
  })

  it('are none when the engine made no state', async () => {
    const { snapshots } = await watch()
    await snapshots.stop()
    expect(await snapshots.finish()).toBe('none')
  })

  it('keep the last state seen when a template removed the file', async () => {
    const { stateFile, snapshots, serials } = await watch()
    await writeFile(stateFile, state(1))
    await wait(200)
    await rm(stateFile)
    await snapshots.stop()
    expect(await snapshots.finish()).toBe('damaged')
    expect(serials()).toEqual([1])
  })

  it('survive a file that cannot be read for a while, and tell of one that cannot be read at the end', async () => {
    const { stateFile, snapshots, serials } = await watch()
    await mkdir(stateFile)
    await wait(150)
    await rm(stateFile, { recursive: true })
    await writeFile(stateFile, state(1))
    await wait(200)
    expect(serials()).toEqual([1])
    await rm(stateFile)
    await mkdir(stateFile)
    await snapshots.stop()
    await expect(snapshots.finish()).rejects.toMatchObject({ code: 'EISDIR' })
  })
})

describe('a state file', () => {
  it.each<[string, string, boolean]>([
    ['a state', state(1), true],
    ['a state with a line end', `${state(1)}\n`, true],
    ['an encrypted state', '{"serial":1,"lineage":"l","encrypted_data":"x","encryption_version":"v0"}', true],
    ['nothing', '', false],
    ['half a state', state(1).slice(0, -1), false],
    ['JSON of something else', '{"a":1}', false],
    ['null', 'null', false],
    ['a number followed by a brace', '1}', false],
  ])('with %s', async (_what, text, whole) => {
    expect(isWholeState(Buffer.from(text))).toBe(whole)
  })

  it('is read only when it is complete', async () => {
    const path = join(await temporaryFolder(), 'state')
    expect(await readWholeState(path)).toBeUndefined()
    await writeFile(path, state(1).slice(0, 10))
    expect(await readWholeState(path)).toBeUndefined()
    await writeFile(path, state(1))
    expect(serialOf((await readWholeState(path))!)).toBe(1)
  })
})
