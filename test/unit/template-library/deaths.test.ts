/**
 * Every operation that writes, by a function that dies at each of its writes in turn, before or after the write took effect.
 * What a reader sees is the state before or the state after, nothing else; and once the sweeper has passed, exactly what is
 * seen is kept, and the same request can be sent again.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RfsError } from '../../../shared/contract/errors.ts'
import { addVersion } from '../../../shared/template-library/add-version.ts'
import { changeTemplate } from '../../../shared/template-library/change.ts'
import { createTemplate } from '../../../shared/template-library/create.ts'
import { numberIn, numbersOf, type TemplateRecord } from '../../../shared/template-library/record.ts'
import { removeTemplate } from '../../../shared/template-library/remove.ts'
import { removeVersion } from '../../../shared/template-library/remove-version.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { type Death, Died, type LibraryScene, libraryScene } from './scene.ts'

let memory: MemoryTable
let scene: LibraryScene
beforeAll(async () => {
  memory = await startMemoryTable()
})
afterAll(() => memory.stop())
beforeEach(() => {
  scene = libraryScene(memory.table)
})

/** A template with the versions V1, V2 and V3. */
async function three(): Promise<TemplateRecord> {
  const { clock, dependencies, templateOf } = scene
  let template = await scene.create('base')
  for (const description of ['the second', undefined]) {
    await addVersion(
      dependencies(),
      template,
      { description, content: templateOf(`# ${description}`) },
      100,
      clock.now(),
    )
    template = (await scene.find('base')) ?? template
  }
  return template
}

/** The death at every write, one after the other, until there are no more writes to die at; how many there are. */
async function everyDeath(run: (death: Death) => Promise<unknown>): Promise<number> {
  for (let at = 1; ; at += 1) {
    for (const takesEffect of [false, true]) {
      scene = libraryScene(memory.table)
      const died = await run({ at, takesEffect }).then(
        () => false,
        (error: unknown) => error instanceof Died || Promise.reject(error),
      )
      if (!died) return at - 1
    }
  }
}

/** That all of what the template says is there, and nothing else. */
async function expectWhole(template: TemplateRecord | undefined, templateIds: readonly string[]) {
  const kept = await scene.leftovers(templateIds)
  const ids = Object.values(template?.versions ?? {}).sort()
  expect(kept).toMatchObject({ items: ids, held: 0 })
  const blobs = await Promise.all(
    ids.map(async (id) => (await scene.versions.find(template?.id ?? '', id))?.contentKey),
  )
  expect(kept.blobs).toEqual(blobs.sort())
  if (template) {
    const [newest = 0] = numbersOf(template)
    const version = await scene.versions.find(template.id, template.versions[newest] ?? '')
    expect(template.latest).toEqual({
      number: newest,
      ...(version?.description === undefined ? {} : { description: version.description }),
    })
  }
}

describe('a function that dies', () => {
  test('while it creates a template leaves it or nothing, and the same request then succeeds', async () => {
    const writes = await everyDeath(async (death) => {
      const { dependencies, clock, given } = scene
      const request = given('base', 'same request')
      let failure: unknown
      await createTemplate(dependencies(death), request, 1, clock.now()).catch((error: unknown) => {
        failure = error
      })
      const ids = await scene.touched()
      const seen = await scene.find('base')
      if (seen) expect(numbersOf(seen)).toEqual([1])
      await scene.sweep()
      expect(await scene.find('base')).toEqual(seen)
      await expectWhole(seen, [...ids, ...(seen ? [seen.id] : [])])
      // An hour later, so that the place of a template that was never made is found to be free.
      const later = new Date(clock.now().getTime() + 3_600_000)
      const again = await createTemplate(dependencies(), request, 1, later)
      if (seen) expect(again).toEqual(seen)
      await expectWhole(again, [again.id])
      if (failure !== undefined) throw failure
    })
    // Quota, item, blob, template, settled.
    expect(writes).toBe(5)
  })

  test('while it adds a version leaves it or nothing', async () => {
    const writes = await everyDeath(async (death) => {
      const template = await three()
      const { dependencies, templateOf, clock } = scene
      const added = { description: 'the fourth', content: templateOf('# 4') }
      let failure: unknown
      await addVersion(dependencies(death), template, added, 100, clock.now()).catch((error: unknown) => {
        failure = error
      })
      const seen = await scene.find('base')
      expect([3, 4]).toContain(seen?.latest.number)
      await scene.sweep()
      expect(await scene.find('base')).toEqual(seen)
      await expectWhole(seen, [template.id])
      const number = await addVersion(dependencies(), template, added, 100, clock.now())
      expect(number).toBe((seen?.latest.number ?? 0) + 1)
      if (failure !== undefined) throw failure
    })
    expect(writes).toBe(4)
  })

  test('while it deletes a version leaves it or nothing', async () => {
    const writes = await everyDeath(async (death) => {
      const template = await three()
      const { dependencies, versions, clock } = scene
      const version = await versions.find(template.id, template.versions[3] ?? '')
      if (!version) throw new Error('there is no V3')
      let failure: unknown
      await removeVersion(dependencies(death), template, version, clock.now()).catch((error: unknown) => {
        failure = error
      })
      const seen = await scene.find('base')
      const isThere = seen && numberIn(seen, version.id) !== undefined
      await scene.sweep()
      expect(await scene.find('base')).toEqual(seen)
      await expectWhole(seen, [template.id])
      const again = removeVersion(dependencies(), template, version, clock.now())
      await (isThere ? again : expect(again).rejects.toMatchObject({ errorName: 'TemplateVersionNotFound' }))
      await scene.sweep()
      await expectWhole(await scene.find('base'), [template.id])
      if (failure !== undefined) throw failure
    })
    // Held, template, blobs, items.
    expect(writes).toBe(4)
  })

  test('while it deletes a template leaves all of it or nothing', async () => {
    const writes = await everyDeath(async (death) => {
      const template = await three()
      const { dependencies } = scene
      let failure: unknown
      await removeTemplate(dependencies(death), template).catch((error: unknown) => {
        failure = error
      })
      const seen = await scene.find('base')
      if (seen) expect(numbersOf(seen)).toEqual([3, 2, 1])
      await scene.sweep()
      expect(await scene.find('base')).toEqual(seen)
      await expectWhole(seen, [template.id])
      if (seen) await removeTemplate(dependencies(), template)
      // The name is free at once.
      const next = await scene.create('base')
      await expectWhole(next, [template.id, next.id])
      if (failure !== undefined) throw failure
    })
    // Held, template, quota, blobs, items.
    expect(writes).toBe(5)
  })
})

describe('while somebody is at work', () => {
  test('the sweeper leaves the version alone', async () => {
    const template = await three()
    const { dependencies, templateOf, clock, versions } = scene
    const added = { content: templateOf('# 4') }
    await addVersion(dependencies({ at: 3, takesEffect: false }), template, added, 100, clock.now()).catch(
      () => undefined,
    )
    const before = await scene.leftovers([template.id])
    expect(before).toMatchObject({ held: 1 })
    const [id] = before.items.filter((each) => numberIn(template, each) === undefined)
    expect(await scene.sweepOne({ templateId: template.id, id: id ?? '' })).toBe(false)
    expect(await versions.find(template.id, id ?? '')).toBeDefined()
  })
})

describe('at the same time', () => {
  test('20 additions have 20 numbers, one after the other, and exactly as many as there is room for succeed', async () => {
    const template = await scene.create('base')
    const { dependencies, templateOf, clock } = scene
    const add = (at: number) =>
      addVersion(dependencies(), template, { content: templateOf(`# ${at}`) }, 11, clock.now()).catch(
        (error: RfsError) => {
          expect(error.errorName).toBe('TooManyTemplateVersions')
          return 0
        },
      )
    const numbers = await Promise.all(Array.from({ length: 20 }, (_, at) => add(at)))
    expect(numbers.filter((number) => number > 0).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    const seen = await scene.find('base')
    expect(numbersOf(seen ?? template)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    await expectWhole(seen, [template.id])
  })

  test('deletions of all versions leave one', async () => {
    const template = await three()
    const { dependencies, versions, clock } = scene
    const all = await versions.list(template.id)
    const outcomes = await Promise.allSettled(
      all.map((version) => removeVersion(dependencies(), template, version, clock.now())),
    )
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    const refused = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult
    expect(refused.reason).toMatchObject({ errorName: 'OnlyTemplateVersion' })
    await scene.sweep()
    const seen = await scene.find('base')
    expect(Object.keys(seen?.versions ?? {})).toHaveLength(1)
    await expectWhole(seen, [template.id])
  })

  test('additions, descriptions and the deletion of the template leave nothing behind', async () => {
    const template = await three()
    const { dependencies, templateOf, clock, templates } = scene
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 8 }, (_, at) =>
        addVersion(dependencies(), template, { content: templateOf(`# ${at}`) }, 100, clock.now()),
      ),
      removeTemplate(dependencies(), template),
      changeTemplate(templates, template, (current) => ({ ...current, description: 'changed' })),
    ])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ errorName: 'TemplateNotFound' })
    }
    expect(outcomes[8]).toMatchObject({ status: 'fulfilled' })
    expect(await scene.find('base')).toBeUndefined()
    await scene.sweep()
    await expectWhole(undefined, [template.id])
  })

  test('somebody who waits in vain is told to come back', async () => {
    const template = await scene.create('base')
    const { templates } = scene
    // Without the pauses between the attempts.
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const never = { ...templates, commit: async () => ({ outcome: 'conflict', current: template }) as const }
    const change = changeTemplate(never, template, (current) => current)
    await expect(change).rejects.toMatchObject({ errorName: 'TooManyRequests', retryAfterSeconds: 1 })
    vi.restoreAllMocks()
  })

  test('a change of a template whose name is another one now is refused, and changes nothing', async () => {
    const template = await scene.create('base')
    await removeTemplate(scene.dependencies(), template)
    const other = await scene.create('base')
    const change = changeTemplate(scene.templates, template, (current) => ({ ...current, description: 'late' }))
    await expect(change).rejects.toMatchObject({ errorName: 'TemplateNotFound' })
    expect(await scene.find('base')).toEqual(other)
  })
})
