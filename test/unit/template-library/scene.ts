/** The library on a DynamoDB-compatible server and a bucket in memory, with functions that can be made to die. */
import { randomUUID } from 'node:crypto'
import type { Blobs } from '../../../shared/aws/blobs.ts'
import type { Item, Table } from '../../../shared/aws/table.ts'
import { openDueJobs } from '../../../shared/job/due-jobs.ts'
import type { Template } from '../../../shared/template/template.ts'
import { createTemplate } from '../../../shared/template-library/create.ts'
import { openTemplateQuota } from '../../../shared/template-library/quota.ts'
import { openTemplateStore } from '../../../shared/template-library/store.ts'
import { openVersionSweep } from '../../../shared/template-library/sweep-version.ts'
import { openVersionStore, versionAtKey } from '../../../shared/template-library/version-store.ts'
import { memoryBlobs, settableClock } from '../../support/fake-services.ts'
import { noon, secondsLater } from '../../support/stack-records.ts'

export class Died extends Error {}

export interface Death {
  /** The write that is the last one, counted from 1. */
  readonly at: number
  /** Whether that write still takes effect. */
  readonly takesEffect: boolean
}

const tableWrites = ['put', 'update', 'change', 'delete', 'batch'] as const
const blobWrites = ['put', 'delete'] as const

/** The same service until the death's write, and nothing after it. */
function mortal<Service extends object>(
  service: Service,
  methods: readonly (keyof Service)[],
  next: () => boolean | undefined,
) {
  const wrapped = methods.map((name) => {
    const method = service[name] as (...given: unknown[]) => Promise<unknown>
    const call = async (...given: unknown[]) => {
      const takesEffect = next()
      if (takesEffect === undefined) return method(...given)
      if (takesEffect) await method(...given)
      throw new Died()
    }
    return [name, call]
  })
  return { ...service, ...Object.fromEntries(wrapped) } as Service
}

const templateOf = (text: string): Template => ({ extension: 'tf', content: Buffer.from(text) })

export type LibraryScene = ReturnType<typeof libraryScene>

export function libraryScene(table: Table) {
  const blobs = memoryBlobs()
  const clock = settableClock(noon)
  const project = randomUUID()

  /** What an operation needs, of a function that dies as told. */
  const dependencies = (death?: Death) => {
    let writes = 0
    const next = () => {
      writes += 1
      if (death === undefined || writes < death.at) return undefined
      return writes === death.at && death.takesEffect
    }
    const ownTable: Table = mortal(table, tableWrites, next)
    const ownBlobs: Blobs = mortal(blobs, blobWrites, next)
    return {
      templates: openTemplateStore(ownTable),
      versions: openVersionStore(ownTable),
      quota: openTemplateQuota(ownTable),
      blobs: ownBlobs,
      clock,
    }
  }
  const { templates, versions } = dependencies()

  const given = (name: string, fingerprint: string = randomUUID()) => ({
    project,
    name,
    versionDescription: 'the first',
    read: async () => templateOf('locals {}'),
    fingerprint,
  })

  return {
    project,
    blobs,
    clock,
    templates,
    versions,
    dependencies,
    templateOf,
    given,
    create: (name: string, limit = 100) => createTemplate(dependencies(), given(name), limit, clock.now()),
    find: (name: string) => templates.find(project, name),
    sweepOne: (at: { templateId: string; id: string }) => openVersionSweep(clock, table, blobs).sweep(at),
    /** Ids of the templates of which a version is held or a blob is kept. */
    touched: async () => {
      const due = await openDueJobs(table).list(secondsLater(3600), 200)
      const held = due.flatMap((key) => versionAtKey(key)?.templateId ?? [])
      const kept = [...blobs.content.keys()].map((key) => key.split('/')[3] ?? '')
      return [...new Set([...held, ...kept])]
    },
    /** The sweeper's rounds, so much later that nobody can be at work on anything any more. */
    sweep: async () => {
      clock.set(secondsLater(3600))
      const sweeper = openVersionSweep(clock, table, blobs)
      for (const key of await openDueJobs(table).list(clock.now(), 200)) {
        const at = versionAtKey(key)
        if (at) await sweeper.sweep(at)
      }
      clock.set(noon)
    },
    /** Everything that is kept of versions anywhere: ids of items that belong to the given templates, and blobs. */
    leftovers: async (templateIds: readonly string[]) => {
      const items: Item[] = []
      for (const id of new Set(templateIds)) {
        const condition = { text: 'pk = :pk', values: { ':pk': `TEMPLATE#${id}` } }
        items.push(...(await table.query({ condition })).items)
      }
      return {
        items: items.map(({ id }) => String(id)).sort(),
        held: items.filter(({ jobShard }) => jobShard !== undefined).length,
        blobs: [...blobs.content.keys()].sort(),
      }
    },
  }
}
