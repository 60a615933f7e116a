import { describe, expect, it } from 'vitest'
import { stateView, typeText } from '../../../shared/engine/state-view.ts'
import { goldenState } from './golden-lines.ts'

const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)

function shown(resource: object, outputs: object = {}) {
  const base = { address: 'a.b', mode: 'managed', type: 'a', name: 'b' }
  return stateView(JSON.stringify({ values: { outputs, root_module: { resources: [{ ...base, ...resource }] } } }))
}
const attributes = (resource: object) => shown(resource).resources[0]!.attributes

describe('the view of a state', () => {
  it('has every managed instance of all modules, and no data source', () => {
    const { resources } = stateView(goldenState('instances-create'))
    expect(
      resources.map(({ address, type, name, key, id, tainted }) => ({ address, type, name, key, id, tainted })),
    ).toEqual(
      [
        ['terraform_data.counted[0]', 'counted', '0'],
        ['terraform_data.counted[1]', 'counted', '1'],
        ['module.parts.terraform_data.keyed["x"]', 'keyed', 'x'],
        ['module.parts.terraform_data.keyed["y z"]', 'keyed', 'y z'],
      ].map(([address, name, key]) => ({ address, type: 'terraform_data', name, key, id: uuid, tainted: false })),
    )
  })

  it('shows attributes as text, masks what is sensitive and keeps long numbers exact', () => {
    const [counted, , keyed] = stateView(goldenState('instances-create')).resources
    expect(counted!.attributes).toContainEqual({
      key: 'input',
      value: '{"big":12345678901234567890,"index":0,"secret":"<sensitive>"}',
    })
    expect(counted!.attributes.map(({ key }) => key)).toEqual(['id', 'input', 'output', 'triggers_replace'])
    expect(keyed!.attributes).toContainEqual({ key: 'input', value: '["x",2.5,true,null]' })
    expect(keyed!.attributes).toContainEqual({ key: 'triggers_replace', value: 'null' })
  })

  it('has the outputs with type and value as text, and hides sensitive ones', () => {
    expect(stateView(goldenState('instances-create')).outputs).toEqual([
      {
        name: 'mixed',
        type: 'object({big = number, empty = any, list = list(string), map = map(bool), tuple = tuple([number, string])})',
        value: '{"big":12345678901234567890,"empty":null,"list":["a"],"map":{"x":true},"tuple":[1,"b"]}',
        sensitive: false,
      },
      { name: 'secret', type: '<sensitive>', value: '<sensitive>', sensitive: true },
      { name: 'text', type: 'string', value: '"abc"', sensitive: false },
    ])
  })

  it('marks an instance that was not made completely', () => {
    const { resources } = stateView(goldenState('failures-provisioner'))
    expect(resources.map(({ name, tainted }) => [name, tainted])).toEqual([
      ['first', false],
      ['second', true],
    ])
  })

  it('is empty after a destruction', () => {
    expect(stateView(goldenState('lifecycle-destroy'))).toEqual({ resources: [], outputs: [], secrets: [] })
  })

  it('shows scalars unquoted and empty strings as empty', () => {
    const values = { text: 'x "y"', empty: '', no: false, number: 1.5, nothing: null }
    expect(attributes({ values })).toEqual([
      { key: 'text', value: 'x "y"' },
      { key: 'empty', value: '' },
      { key: 'no', value: 'false' },
      { key: 'number', value: '1.5' },
      { key: 'nothing', value: 'null' },
    ])
  })

  it('masks whole and nested attributes, also a sensitive id and name', () => {
    const values = { id: 'i', name: 'n', list: [{ a: 'x', b: 'y' }, 'z'], whole: { deep: 1 } }
    const sensitive_values = { id: true, name: true, list: [{ a: true }, false], whole: true }
    const [resource] = shown({ values, sensitive_values }).resources
    expect(resource).toMatchObject({ id: '<sensitive>', physicalName: '<sensitive>' })
    expect(resource!.attributes).toContainEqual({ key: 'list', value: '[{"a":"<sensitive>","b":"y"},"z"]' })
    expect(resource!.attributes).toContainEqual({ key: 'whole', value: '<sensitive>' })
    expect(JSON.stringify(resource)).not.toContain('"x"')
  })

  it('masks a sensitive value wherever else it turns up', () => {
    const { resources, outputs, secrets } = shown(
      {
        values: { password: 'hunter2', url: 'https://u:hunter2@host', port: 80, list: ['x', 'hunter2'] },
        sensitive_values: { password: true },
      },
      { copy: { value: 'hunter2', type: 'string' }, holder: { value: { p: 'hunter2', q: 1 }, type: 'dynamic' } },
    )
    expect(resources[0]!.attributes).toEqual([
      { key: 'password', value: '<sensitive>' },
      { key: 'url', value: '<sensitive>' },
      { key: 'port', value: '80' },
      { key: 'list', value: '["x","<sensitive>"]' },
    ])
    expect(outputs.map(({ value }) => value)).toEqual(['<sensitive>', '{"p":"<sensitive>","q":1}'])
    expect(secrets).toEqual(['hunter2'])
  })

  it('masks what the engine leaves open in a real state', () => {
    const text = goldenState('plans-made')
    expect(text).toContain('hunter2')
    const { resources } = stateView(text)
    expect(JSON.stringify(resources)).not.toContain('hunter2')
    const partly = resources.find(({ name }) => name === 'partly_secret')!
    const value = '{"name":"shown","password":"<sensitive>"}'
    expect(partly.attributes).toEqual(
      expect.arrayContaining([
        { key: 'input', value },
        { key: 'output', value },
      ]),
    )
  })

  it('takes a value for sensitive that an output or a resource in a module declares so', () => {
    const resource = { address: 'm.a.b', mode: 'managed', type: 'a', name: 'b' }
    const inModule = { ...resource, values: { key: 'deep-secret' }, sensitive_values: { key: true } }
    const root = {
      resources: [{ ...resource, values: { one: 'of-output', two: 'deep-secret' } }],
      child_modules: [{ resources: [inModule] }],
    }
    const outputs = { o: { sensitive: true, value: 'of-output', type: 'string' } }
    const view = stateView(JSON.stringify({ values: { outputs, root_module: root } }))
    expect(view.resources.map(({ attributes }) => attributes.map(({ value }) => value))).toEqual([
      ['<sensitive>', '<sensitive>'],
      ['<sensitive>'],
    ])
  })

  it('masks the output of a terraform_data as its input, whatever that is', () => {
    const values = { input: { pin: 12, name: 'n' }, output: { pin: 12, name: 'n' } }
    const [resource] = shown({ type: 'terraform_data', values, sensitive_values: { input: { pin: true } } }).resources
    expect(resource!.attributes).toEqual([
      { key: 'input', value: '{"pin":"<sensitive>","name":"n"}' },
      { key: 'output', value: '{"pin":"<sensitive>","name":"n"}' },
    ])
  })

  it('takes id and physical name from the attributes when they are fit', () => {
    expect(shown({ values: { id: 7, name: 'web' } }).resources[0]).toMatchObject({ id: '7', physicalName: 'web' })
    const [resource] = shown({ values: { id: null, name: 3 } }).resources
    expect(resource).not.toHaveProperty('id')
    expect(resource).not.toHaveProperty('physicalName')
    expect(shown({ values: { id: 1 } }).resources[0]).not.toHaveProperty('key')
  })

  it('shows a deposed object only where no instance has replaced it', () => {
    const resource = { address: 'a.b', mode: 'managed', type: 'a', name: 'b', values: {} }
    const view = (...resources: object[]) =>
      stateView(JSON.stringify({ values: { root_module: { resources } } })).resources
    expect(
      view({ ...resource, values: { id: 'new' } }, { ...resource, deposed_key: 'd', values: { id: 'old' } }),
    ).toMatchObject([{ id: 'new' }])
    expect(view({ ...resource, deposed_key: 'd', values: { id: 'old' } })).toMatchObject([{ id: 'old' }])
  })

  it.each([
    ['string', 'string'],
    ['dynamic', 'any'],
    [undefined, 'any'],
    [['set', ['list', 'number']], 'set(list(number))'],
    [['object', { a: 'string', b: ['map', 'bool'] }], 'object({a = string, b = map(bool)})'],
    [['object', {}], 'object({})'],
    [['tuple', ['string', 'number']], 'tuple([string, number])'],
    [['tuple', []], 'tuple([])'],
  ])('writes the type %j as %s', (type, text) => {
    expect(typeText(type)).toBe(text)
  })

  it('does not take another document for a state', () => {
    expect(() => stateView('{"values":7}')).toThrow()
    expect(() => stateView('not JSON')).toThrow()
  })
})
