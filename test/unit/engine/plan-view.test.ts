import { describe, expect, it } from 'vitest'
import { planView } from '../../../shared/engine/plan-view.ts'
import type { PlanItem } from '../../../shared/engine/protocol.ts'
import { goldenPlan } from './golden-lines.ts'
import { changing, later, view } from './plan-documents.ts'

const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)
const items = (change: object, rest: object = {}) => view({ resource_changes: [changing(change, rest)] }).items

describe('the items of a plan that the engine made', () => {
  const { items, counts } = planView(goldenPlan('plans-changes'))
  const item = (address: string): PlanItem => items.find((candidate) => candidate.address === address)!

  it('are all resources to which something happens, by address, with the reason', () => {
    expect(items.map(({ address, action, actionReason }) => [address, action, actionReason])).toEqual([
      [
        'data.terraform_remote_state.later',
        'NO_OPERATION',
        'What to read is known only after other changes of this plan.',
      ],
      [
        'module.gone["a"].terraform_data.keyed["x"]',
        'DELETE',
        'The template no longer has the module that it belongs to.',
      ],
      ['module.parts.terraform_data.keyed["y z"]', 'DELETE', 'Its key is no longer in the for_each of the template.'],
      ['module.parts.terraform_data.keyed["z"]', 'ADD', 'The template has it and it does not exist yet.'],
      ['terraform_data.added', 'ADD', 'The template has it and it does not exist yet.'],
      ['terraform_data.added_from', 'ADD', 'The template has it and it does not exist yet.'],
      ['terraform_data.broken', 'DELETE_THEN_ADD', 'It was not made completely or is marked as damaged.'],
      ['terraform_data.counted[2]', 'DELETE', 'Its index is beyond the count in the template.'],
      ['terraform_data.deleted', 'DELETE', 'The template no longer has it.'],
      [
        'terraform_data.forgotten',
        'NO_OPERATION',
        'The template no longer has it. The stack only stops managing it; the resource itself stays.',
      ],
      ['terraform_data.imported', 'NO_OPERATION', 'It is imported into the stack.'],
      ['terraform_data.imported_and_changed', 'UPDATE', 'It differs from the template. It is imported into the stack.'],
      ['terraform_data.new', 'NO_OPERATION', 'It was moved from terraform_data.old.'],
      ['terraform_data.partly_secret', 'UPDATE', 'The template changed.'],
      ['terraform_data.plain', 'ADD', 'The template has it and it does not exist yet.'],
      ['terraform_data.plain["only"]', 'DELETE', 'The template no longer has it with, or without, an index or key.'],
      ['terraform_data.replaced', 'DELETE_THEN_ADD', 'An attribute changes that cannot be changed in place.'],
      ['terraform_data.replaced_after', 'ADD_THEN_DELETE', 'An attribute changes that cannot be changed in place.'],
      [
        'terraform_data.replaced_with',
        'DELETE_THEN_ADD',
        'Something changes that the template names in replace_triggered_by.',
      ],
      ['terraform_data.secret', 'UPDATE', 'The template changed.'],
      ['terraform_data.updated', 'UPDATE', 'The template changed.'],
    ])
  })

  it('are counted as the engine counts them', () => {
    expect(counts).toEqual({ add: 8, update: 4, delete: 9, import: 2 })
    expect(planView(goldenPlan('plans-first')).counts).toEqual({ add: 18, update: 0, delete: 0, import: 0 })
  })

  it('name provider, mode, key and id', () => {
    expect(item('terraform_data.counted[2]')).toMatchObject({
      type: 'terraform_data',
      name: 'counted',
      key: '2',
      provider: 'terraform.io/builtin/terraform',
      mode: 'RESOURCE',
      drifted: false,
      imported: false,
      id: uuid,
    })
    expect(item('module.parts.terraform_data.keyed["y z"]').key).toBe('y z')
    expect(item('data.terraform_remote_state.later')).toMatchObject({ mode: 'DATA', name: 'later' })
    expect(item('terraform_data.added')).not.toHaveProperty('id')
    expect(item('terraform_data.added')).not.toHaveProperty('key')
    expect(item('terraform_data.imported')).toMatchObject({ imported: true, id: 'known-id', attributes: [] })
  })

  it('have what is new without previous values, parts of it unknown', () => {
    expect(item('terraform_data.added_from').attributes).toEqual([
      { name: 'id', target: later },
      { name: 'input', target: `{"id":"${later}","list":["a","${later}"],"name":"from"}` },
      { name: 'output', target: later },
    ])
    expect(item('data.terraform_remote_state.later').attributes).toContainEqual({
      name: 'config',
      target: `{"path":"${later}"}`,
    })
  })

  it('have what goes without target values', () => {
    expect(item('terraform_data.deleted').attributes).toEqual([
      { name: 'id', previous: uuid },
      { name: 'input', previous: 'gone' },
      { name: 'output', previous: 'gone' },
    ])
  })

  it('have both values of what changes, exactly, and nothing that stays', () => {
    expect(item('terraform_data.updated').attributes).toEqual([
      {
        name: 'input',
        previous: '{"big":12345678901234567890,"text":"a"}',
        target: '{"big":12345678901234567891,"text":"b"}',
      },
      { name: 'output', previous: '{"big":12345678901234567890,"text":"a"}', target: later },
    ])
    expect(item('terraform_data.replaced').attributes).toEqual([
      { name: 'id', previous: uuid, target: later },
      { name: 'triggers_replace', previous: '1', target: '2' },
    ])
    expect([item('terraform_data.new').attributes, item('terraform_data.forgotten').attributes]).toEqual([[], []])
  })

  it('mask sensitive values, also where the engine does not', () => {
    expect(item('terraform_data.secret').attributes).toEqual([
      { name: 'input', previous: '<sensitive>', target: '<sensitive>' },
      { name: 'output', previous: '<sensitive>', target: later },
    ])
    const [input, output] = item('terraform_data.partly_secret').attributes
    expect(input).toMatchObject({ previous: '{"name":"shown","password":"<sensitive>"}', target: input!.previous })
    expect(output).toMatchObject({ previous: '{"name":"shown","password":"<sensitive>"}', target: later })
    expect(goldenPlan('plans-changes')).toContain('hunter2')
    expect(JSON.stringify(items)).not.toContain('hunter2')
  })
})

describe('what a plan says about a change', () => {
  it.each<[string[], PlanItem['action']]>([
    [['create'], 'ADD'],
    [['delete', 'create'], 'DELETE_THEN_ADD'],
    [['create', 'delete'], 'ADD_THEN_DELETE'],
    [['update'], 'UPDATE'],
    [['delete'], 'DELETE'],
    [['read'], 'NO_OPERATION'],
    [['forget'], 'NO_OPERATION'],
    [['create', 'forget'], 'ADD'],
    [['something-new'], 'NO_OPERATION'],
  ])('maps %j to %s', (actions, action) => {
    expect(items({ actions })).toMatchObject([{ action }])
  })

  it('shows what stays as it is only when it is moved or imported', () => {
    expect(items({ actions: ['no-op'] })).toEqual([])
    expect(items({ actions: ['no-op'] }, { previous_address: 'a.old' })).toMatchObject([
      { action: 'NO_OPERATION', actionReason: 'It was moved from a.old.' },
    ])
    expect(items({ actions: ['no-op'], importing: { id: 'x' } })).toMatchObject([{ imported: true, id: 'x' }])
  })

  it.each([
    ['replace_because_tainted', /not made completely/],
    ['replace_because_cannot_update', /cannot be changed in place/],
    ['replace_by_request', /asked for/],
    ['replace_by_triggers', /replace_triggered_by/],
    ['delete_because_no_resource_config', /no longer has it/],
    ['delete_because_wrong_repetition', /index or key/],
    ['delete_because_count_index', /beyond the count/],
    ['delete_because_each_key', /for_each/],
    ['delete_because_no_module', /module/],
    ['delete_because_no_move_target', /moved/],
    ['read_because_config_unknown', /known only after/],
    ['read_because_dependency_pending', /depends on/],
    ['read_because_check_nested', /check/],
    ['replace_because_of_the_moon', /^Replace because of the moon\.$/],
    ['constructor', /^Constructor\.$/],
  ])('has a sentence for %s', (code, sentence) => {
    const [item] = items({ actions: ['delete', 'create'] }, { action_reason: code })
    expect(item!.actionReason).toMatch(sentence)
    expect(item!.actionReason).toMatch(/^[A-Z].*\.$/)
  })

  it.each([['create'], ['update'], ['delete'], ['read'], ['forget'], ['create,delete'], ['delete,create']])(
    'has a sentence for %s without a code',
    (actions) => {
      expect(items({ actions: actions.split(',') })[0]!.actionReason).toMatch(/^[A-Z].*\.$/)
    },
  )

  it('takes the id from either side or from the import, text or number', () => {
    expect(items({ before: { id: 1 }, after: { id: 2 } })[0]!.id).toBe('1')
    expect(items({ actions: ['create'], before: null, after: { id: 'x' } })[0]!.id).toBe('x')
    expect(items({ importing: { id: 'imported' } })[0]!.id).toBe('imported')
    expect(items({ before: { id: 'x' }, before_sensitive: { id: true } })[0]!.id).toBe('<sensitive>')
  })

  it('sorts instances by their number', () => {
    const changes = [10, 9, 1].map((index) => changing({}, { address: `a.b[${index}]`, index }))
    expect(view({ resource_changes: changes }).items.map(({ key }) => key)).toEqual(['1', '9', '10'])
  })

  it('counts an object that is left over from a replacement', () => {
    const { items, counts } = view({
      resource_changes: [
        changing({ actions: ['no-op'] }),
        changing({ actions: ['delete'], after: null }, { deposed: 'd' }),
      ],
    })
    expect(items).toMatchObject([{ action: 'DELETE', actionReason: 'It is left over from an earlier replacement.' }])
    expect(counts.delete).toBe(1)
  })

  it('does not count data sources', () => {
    const { counts } = view({ resource_changes: [changing({ actions: ['create'] }, { mode: 'data' })] })
    expect(counts).toEqual({ add: 0, update: 0, delete: 0, import: 0 })
  })

  it('is nothing for a plan without changes, and an error for another document', () => {
    expect(view({})).toEqual({ items: [], counts: { add: 0, update: 0, delete: 0, import: 0 }, secrets: [] })
    expect(() => view({ format_version: '2.0' })).toThrow()
    expect(() => planView('{}')).toThrow()
    expect(() => planView('no JSON')).toThrow()
  })
})
