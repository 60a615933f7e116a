import { describe, expect, it } from 'vitest'
import type { JournalEntry } from '../../../shared/engine/protocol.ts'
import { siblingAddress } from '../../../shared/engine/resource-address.ts'
import { importId, knownInstances, verdictOn } from '../../../shared/engine/state-comparison.ts'

const instance = (address: string, id: unknown, more: object = {}) => ({
  address,
  mode: 'managed',
  type: 'a_b',
  name: 'c',
  values: { id },
  ...more,
})
const known = knownInstances(
  JSON.stringify({
    format_version: '1.0',
    values: {
      root_module: {
        resources: [
          instance('a_b.c', 'i-1'),
          instance('a_b.c', 'i-0', { deposed_key: '12ab34cd' }),
          instance('a_b.counted[0]', 'i-2'),
          instance('a_b.keyed["it\'s \\"quoted\\""]', 'i-3'),
          instance('a_b.none', null),
          instance('data.a_b.read', 'i-4', { mode: 'data' }),
        ],
        child_modules: [
          {
            resources: [instance('module.m.a_b.c', 'i-5')],
            child_modules: [
              { resources: [instance('module.m.module.n["x"].a_b.c', 12345678901234567890n.toString())] },
            ],
          },
        ],
      },
    },
  }),
)
const entry = (address: string, idValue?: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
  address,
  type: 'a_b',
  name: 'c',
  ...(idValue === undefined ? {} : { idKey: 'id', idValue }),
  ...more,
})
const newer = { newerThanState: true }

describe('what the journal names', () => {
  it.each<[string, JournalEntry, ReturnType<typeof verdictOn>]>([
    ['is known by its id', entry('a_b.c', 'i-1'), 'known'],
    ['is known while it is deposed', entry('a_b.c', 'i-0', newer), 'known'],
    ['is known at the address that it moved to', entry('a_b.before', 'i-2'), 'known'],
    ['is known in a module', entry('module.m.a_b.c', 'i-5'), 'known'],
    ['is known in a module of a module', entry('module.m.module.n["x"].a_b.c', '12345678901234567890'), 'known'],
    ['is known under a key of any characters', entry('a_b.keyed["it\'s \\"quoted\\""]', 'i-3'), 'known'],
    ['without an id is known by its address', entry('a_b.c'), 'known'],
    ['is taken for the one at its address that has no id', entry('a_b.none', 'i-9', newer), 'known'],
    ['unfinished is known when anything has its address', entry('a_b.c', undefined, { unfinished: 'failed' }), 'known'],
    ['is missing at an address that nothing has', entry('a_b.counted[1]', 'i-9'), 'missing'],
    ['without an id is missing, too', entry('a_b.nowhere'), 'missing'],
    ['is missing in another module', entry('module.o.a_b.c', 'i-9'), 'missing'],
    ['is not known by an id of another type', entry('x_y.c', 'i-1', { type: 'x_y' }), 'missing'],
    ['is not known by the id of a data source', entry('a_b.read', 'i-4'), 'missing'],
    ['has replaced what a state that is older has', entry('a_b.c', 'i-9', newer), 'replaced'],
    ['may be older than what the state has', entry('a_b.c', 'i-9'), 'doubtful'],
  ])('%s', (_what, given, verdict) => {
    expect(verdictOn(given, known)).toBe(verdict)
  })

  it('is all missing where there is no state', () => {
    expect(verdictOn(entry('a_b.c', 'i-1'), knownInstances('{"format_version":"1.0"}'))).toBe('missing')
  })

  it('can be imported by an id or a name that the engine told in clear', () => {
    expect(importId(entry('a_b.c', 'i-1'))).toBe('i-1')
    expect(importId(entry('a_b.c', 'n', { idKey: 'name' }))).toBe('n')
    expect(importId(entry('a_b.c', 'n', { idKey: 'tags.Name' }))).toBeUndefined()
    expect(importId(entry('a_b.c'))).toBeUndefined()
    expect(importId(entry('a_b.c', ''))).toBeUndefined()
    expect(importId(entry('a_b.c', 'x-<sensitive>'))).toBeUndefined()
    expect(importId(entry('a_b.c["<sensitive>"]', 'i-1'))).toBeUndefined()
  })
})

describe('the address of a sibling', () => {
  it.each([
    ['a_b.c', 'a_b.d'],
    ['a_b.c[3]', 'a_b.d'],
    ['a_b.c["x.y[0]"]', 'a_b.d'],
    ['module.m["a.b"].module.n[0].a_b.c["k\\"]"]', 'module.m["a.b"].module.n[0].a_b.d'],
    ['no address', undefined],
  ])('of %s is %s', (address, sibling) => {
    expect(siblingAddress(address, 'd')).toBe(sibling)
  })
})
