import { describe, expect, it } from 'vitest'
import { changing, later, view } from './plan-documents.ts'

/**
 * The engine's built-in provider has nothing outside that could change, so these plans are written by hand in the engine's
 * documented format, not recorded.
 */
describe('drift', () => {
  const recorded = { id: 'i', size: 1, tags: ['a'] }
  const remote = { id: 'i', size: 2, tags: ['a'] }

  it('that the plan corrects is two items: what happened outside, and what will be done', () => {
    const { items, counts } = view({
      resource_drift: [changing({ before: recorded, after: remote })],
      resource_changes: [changing({ before: remote, after: { ...recorded, size: 3 } })],
    })
    const common = {
      address: 'a.b',
      type: 'a',
      name: 'b',
      provider: 'registry/p',
      mode: 'RESOURCE',
      id: 'i',
      imported: false,
    }
    expect(items).toEqual([
      {
        ...common,
        action: 'UPDATE',
        actionReason: 'It was changed outside of the service.',
        drifted: true,
        attributes: [{ name: 'size', previous: '1', target: '2' }],
      },
      {
        ...common,
        action: 'UPDATE',
        actionReason: 'It differs from the template.',
        drifted: false,
        attributes: [{ name: 'size', previous: '2', target: '3' }],
      },
    ])
    expect(counts).toEqual({ add: 0, update: 1, delete: 0, import: 0 })
  })

  it('that the plan leaves shows also that nothing will be done', () => {
    const { items, counts } = view({
      resource_drift: [changing({ before: recorded, after: remote })],
      resource_changes: [changing({ actions: ['no-op'], before: remote, after: remote })],
    })
    expect(items).toMatchObject([
      { drifted: true, action: 'UPDATE' },
      {
        drifted: false,
        action: 'NO_OPERATION',
        actionReason: 'As it is now, it agrees with the template.',
        attributes: [],
      },
    ])
    expect(counts).toEqual({ add: 0, update: 0, delete: 0, import: 0 })
  })

  it('of something that is gone is a deletion, and then a new one is made', () => {
    const { items, counts } = view({
      resource_drift: [changing({ actions: ['delete'], before: recorded, after: null })],
      resource_changes: [
        changing({ actions: ['create'], before: null, after: { size: 1 }, after_unknown: { id: true } }),
      ],
    })
    expect(items).toMatchObject([
      {
        drifted: true,
        action: 'DELETE',
        actionReason: 'It was deleted outside of the service.',
        id: 'i',
        attributes: [
          { name: 'id', previous: 'i' },
          { name: 'size', previous: '1' },
          { name: 'tags', previous: '["a"]' },
        ],
      },
      {
        drifted: false,
        action: 'ADD',
        actionReason: 'The template has it and it does not exist any more.',
        attributes: [
          { name: 'id', target: later },
          { name: 'size', target: '1' },
        ],
      },
    ])
    expect(counts).toEqual({ add: 1, update: 0, delete: 0, import: 0 })
  })

  it('is sorted by address, each resource’s two items together', () => {
    const named = (name: string) => ({ address: `a.${name}`, name })
    const changes = ['c', 'b', 'a'].map((name) => changing({ before: remote, after: recorded }, named(name)))
    const drifts = ['c', 'a'].map((name) => changing({ before: recorded, after: remote }, named(name)))
    const { items } = view({ resource_drift: drifts, resource_changes: changes })
    expect(items.map(({ name, drifted }) => [name, drifted])).toEqual([
      ['a', true],
      ['a', false],
      ['b', false],
      ['c', true],
      ['c', false],
    ])
  })

  it('is not what was only moved, only marked sensitive, or only read', () => {
    const { items } = view({
      resource_drift: [
        changing({ actions: ['no-op'], before: recorded, after: recorded }, { previous_address: 'a.old' }),
        changing({ before: recorded, after: recorded, after_sensitive: { size: true } }),
        changing({ before: recorded, after: remote }, { mode: 'data' }),
      ],
      resource_changes: [changing({ actions: ['no-op'], before: recorded, after: recorded })],
    })
    expect(items).toEqual([])
  })

  it('masks what is sensitive', () => {
    const { items } = view({
      resource_drift: [
        changing({
          before: { password: 'hunter2', copy: 'x' },
          after: { password: 'changed', copy: 'changed' },
          before_sensitive: { password: true },
          after_sensitive: { password: true },
        }),
      ],
    })
    expect(items[0]!.attributes).toEqual([
      { name: 'copy', previous: 'x', target: '<sensitive>' },
      { name: 'password', previous: '<sensitive>', target: '<sensitive>' },
    ])
  })
})
