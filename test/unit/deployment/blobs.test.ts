/** Templates, variables and views as blobs: where they lie, what shares them, and what happens when one is missing. */
import { describe, expect, test } from 'vitest'
import { BlobMissing, readReferenced } from '../../../shared/aws/blobs.ts'
import { emptyView, type StackView } from '../../../shared/deployment/resources.ts'
import { blobPrefix, openSnapshotStore } from '../../../shared/deployment/snapshots.ts'
import { loadCurrentView, openViewStore } from '../../../shared/deployment/view-store.ts'
import { memoryBlobs } from '../../support/fake-services.ts'
import { stackRecord } from '../../support/stack-records.ts'

const owner = { project: 'p', id: 's' }
const template = { extension: 'tf', content: Buffer.from('locals {}') } as const
const variables = { structure: [{ var_key: 'size', var_value: '3' }], body: 'a = 1' }

describe('a snapshot', () => {
  test('lies under the stack that owns it and gives back what was stored', async () => {
    const blobs = memoryBlobs()
    const store = openSnapshotStore(blobs)
    const snapshot = await store.save(owner, 'd1', { template, variables })
    expect([...blobs.content.keys()].every((key) => key.startsWith(blobPrefix(owner)))).toBe(true)
    expect(snapshot.deploymentId).toBe('d1')
    expect(await store.template(snapshot)).toEqual(template)
    expect(await store.variables(snapshot)).toEqual(variables)
  })

  test.each([
    ['tf.json', 'main.tf.json', Buffer.from('{}')],
    ['zip', 'template.zip', Buffer.from([0x50, 0x4b, 0x80, 0xff, 0])],
  ] as const)('of a .%s keeps its bytes and what it is, in %s', async (extension, name, content) => {
    const store = openSnapshotStore(memoryBlobs())
    const snapshot = await store.save(owner, 'd1', { template: { extension, content }, variables: {} })
    expect(snapshot.templateKey).toMatch(new RegExp(`/${name.replaceAll('.', '[.]')}$`))
    expect(await store.template(snapshot)).toEqual({ extension, content })
  })

  test('without variables stores none, and has none', async () => {
    const blobs = memoryBlobs()
    const store = openSnapshotStore(blobs)
    const snapshot = await store.save(owner, 'd1', { template, variables: {} })
    expect(blobs.content.size).toBe(1)
    expect(snapshot).not.toHaveProperty('variablesKey')
    expect(await store.variables(snapshot)).toEqual({})
  })

  test('shares nothing with another one, not even an equal template', async () => {
    const store = openSnapshotStore(memoryBlobs())
    const first = await store.save(owner, 'd1', { template, variables })
    const same = await store.save(owner, 'd2', { template, variables })
    const stranger = await store.save({ ...owner, id: 's2' }, 'd3', { template, variables })
    const plan = await store.saveForPlan(owner, 'p1', { template, variables })
    const keys = [first, same, stranger, plan].flatMap(({ templateKey, variablesKey }) => [templateKey, variablesKey])
    expect(new Set(keys).size).toBe(8)
  })

  test('that is discarded is gone, and no other one', async () => {
    const blobs = memoryBlobs()
    const store = openSnapshotStore(blobs)
    const kept = await store.save(owner, 'd1', { template, variables })
    const lost = await store.save(owner, 'd2', { template, variables })
    await store.discard(lost)
    expect(await store.template(kept)).toEqual(template)
    await expect(store.variables(lost)).rejects.toThrow(BlobMissing)
    await store.discard(kept)
    expect(blobs.content.size).toBe(0)
  })

  test('whose blob is missing says so, and a key that is no template’s is a defect', async () => {
    const store = openSnapshotStore(memoryBlobs())
    const snapshot = await openSnapshotStore(memoryBlobs()).save(owner, 'd1', { template, variables })
    await expect(store.template(snapshot)).rejects.toThrow(BlobMissing)
    await expect(store.template({ ...snapshot, templateKey: 'elsewhere/main.txt' })).rejects.toThrow('not a template')
  })
})

describe('the view of a stack', () => {
  const view: StackView = { resources: [], outputs: [{ name: 'o', type: 'string', value: '"v"', sensitive: false }] }

  test('is empty before the first run, and then what the last run left', async () => {
    const views = openViewStore(memoryBlobs())
    await views.save('views/1', view)
    expect(await views.load({})).toEqual(emptyView)
    expect(await views.load({ viewKey: 'views/1' })).toEqual(view)
    expect(await views.load({ viewKey: 'views/2' })).toBeUndefined()
  })

  test('is read again when a job replaced it between the two reads', async () => {
    const views = openViewStore(memoryBlobs())
    await views.save('views/2', view)
    const [old, current] = [stackRecord({ viewKey: 'views/1' }), stackRecord({ viewKey: 'views/2' })]
    expect(await loadCurrentView(views, old, async () => current)).toEqual({ stack: current, view })
  })

  test('that stays missing is an error, not an empty view', async () => {
    const stack = stackRecord({ viewKey: 'views/1' })
    let reads = 0
    const reload = async () => {
      reads += 1
      return stack
    }
    await expect(loadCurrentView(openViewStore(memoryBlobs()), stack, reload)).rejects.toThrow('is missing')
    expect(reads).toBeGreaterThan(0)
  })
})

// Bug: a request that read a record just before its blobs went was answered by a server error.
describe('what a record points to', () => {
  const read = async ({ blob }: { blob: string }) => {
    if (blob !== 'there') throw new BlobMissing(blob)
    return 'content'
  }

  test('is read by the record as it is now, when its blobs went with a change in between', async () => {
    const found = await readReferenced({ blob: 'gone' }, read, async () => ({ blob: 'there' }))
    expect(found).toEqual({ entry: { blob: 'there' }, read: 'content' })
  })

  test('is not found any more, when the record was deleted in between', async () => {
    const reload = () => Promise.reject(new Error('there is no such plan'))
    await expect(readReferenced({ blob: 'gone' }, read, reload)).rejects.toThrow('there is no such plan')
  })

  test('is missing when it stays away, and other failures are not tried again', async () => {
    await expect(readReferenced({ blob: 'gone' }, read, async () => ({ blob: 'gone' }))).rejects.toThrow(BlobMissing)
    let reads = 0
    const failing = async () => {
      reads += 1
      throw new Error('throttled')
    }
    await expect(readReferenced({ blob: 'gone' }, failing, async () => ({ blob: 'there' }))).rejects.toThrow(
      'throttled',
    )
    expect(reads).toBe(1)
  })
})
