import { describe, expect, it } from 'vitest'
import { changing, later, resource, view } from './plan-documents.ts'

const attributes = (change: object) => view({ resource_changes: [changing(change)] }).items[0]!.attributes

describe('attributes of a change', () => {
  it('are those that differ, null like absent', () => {
    const before = { same: [1], gone: 'x', none: null, text: 'a', order: [1, 2] }
    const after = { same: [1], gone: null, text: 'b', order: [2, 1], fresh: false }
    expect(attributes({ before, after })).toEqual([
      { name: 'fresh', previous: 'null', target: 'false' },
      { name: 'gone', previous: 'x', target: 'null' },
      { name: 'order', previous: '[1,2]', target: '[2,1]' },
      { name: 'text', previous: 'a', target: 'b' },
    ])
  })

  it('are not null where one side does not exist', () => {
    const values = { text: '', none: null, no: false }
    expect(attributes({ actions: ['create'], before: null, after: values })).toEqual([
      { name: 'no', target: 'false' },
      { name: 'text', target: '' },
    ])
    expect(attributes({ actions: ['delete'], before: values, after: null })).toEqual([
      { name: 'no', previous: 'false' },
      { name: 'text', previous: '' },
    ])
  })

  it('say where only a part is not known yet', () => {
    const before = { list: ['x', 'y'], object: { a: 1 }, same: { a: 1 } }
    const after = { list: ['x', null], object: { z: 2 }, same: { a: 1 } }
    const after_unknown = { list: [false, true], object: { b: { c: [true] } }, same: { a: false } }
    expect(attributes({ before, after, after_unknown })).toEqual([
      { name: 'list', previous: '["x","y"]', target: `["x","${later}"]` },
      { name: 'object', previous: '{"a":1}', target: `{"b":{"c":["${later}"]},"z":2}` },
    ])
  })

  it('that became sensitive, or no longer are, are changed and masked on both sides', () => {
    const both = { before: { pin: 12 }, after: { pin: 12 } }
    const expected = [{ name: 'pin', previous: '<sensitive>', target: '<sensitive>' }]
    expect(attributes({ ...both, after_sensitive: { pin: true } })).toEqual(expected)
    expect(attributes({ ...both, before_sensitive: { pin: true }, after_sensitive: {} })).toEqual(expected)
  })

  it('do not change because the engine writes the same marks in another way', () => {
    const both = { before: { list: [{ a: 1 }], b: 2 }, after: { list: [{ a: 1 }], b: 2 } }
    expect(
      attributes({ ...both, before_sensitive: { list: [{}] }, after_sensitive: { list: [{ a: false }], b: false } }),
    ).toEqual([])
    expect(attributes({ ...both, before_sensitive: false })).toEqual([])
  })

  it('mask only the sensitive parts, also beside unknown ones', () => {
    const after = { whole: { k: 'v' }, part: { password: 'hunter2' } }
    const after_sensitive = { whole: true, part: { password: true } }
    const after_unknown = { whole: { id: true }, part: { id: true } }
    expect(attributes({ actions: ['create'], before: null, after, after_sensitive, after_unknown })).toEqual([
      { name: 'part', target: `{"id":"${later}","password":"<sensitive>"}` },
      { name: 'whole', target: '<sensitive>' },
    ])
  })

  it('are all masked when the whole resource is sensitive', () => {
    expect(attributes({ before: { a: 1 }, after: { a: 2 }, before_sensitive: true, after_sensitive: true })).toEqual([
      { name: 'a', previous: '<sensitive>', target: '<sensitive>' },
    ])
  })

  it('mask the values of sensitive variables, outputs and other resources of the state', () => {
    const after = { a: 'of-variable', b: 'of-output', c: 'of-state', d: 'of-plain-variable', e: 'see of-variable' }
    const { items, secrets } = view({
      variables: { secret: { value: 'of-variable' }, plain: { value: 'of-plain-variable' } },
      configuration: { root_module: { variables: { secret: { sensitive: true }, plain: {} } } },
      output_changes: { o: { actions: ['create'], before: null, after: 'of-output', after_sensitive: true } },
      prior_state: {
        values: {
          root_module: { resources: [{ ...resource, values: { x: 'of-state' }, sensitive_values: { x: true } }] },
        },
      },
      resource_changes: [changing({ actions: ['create'], before: null, after })],
    })
    expect(items[0]!.attributes.map(({ target }) => target)).toEqual([
      '<sensitive>',
      '<sensitive>',
      '<sensitive>',
      'of-plain-variable',
      '<sensitive>',
    ])
    expect([...secrets].sort()).toEqual(['of-output', 'of-state', 'of-variable'])
  })
})
