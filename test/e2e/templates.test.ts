/** Templates and their versions, over HTTP: what they show, what they are called, how many there may be. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { refusal, templateActions } from '../support/template-actions.ts'
import { many } from '../support/templates.ts'

let cloud: TestCloud
let library: ReturnType<typeof templateActions>

beforeAll(async () => {
  const parameters = { TemplateQuota: '30', TemplateVersionQuota: '25' }
  cloud = await startTestCloud({ parameters, maxThreadsPerFunction: 4 })
  library = templateActions(cloud)
})
afterAll(() => cloud?.stop())

const template_body = 'locals {}'

describe('a template', () => {
  test('is created with version V1, and shows what it was given', async () => {
    const { template_id, version_id } = await library.created('base', {
      template_body,
      template_description: 'the base of all',
      version_description: 'the first',
    })
    expect(version_id).toBe('V1')
    expect(cloud.must(await library.show('base'))).toEqual({
      template_id,
      template_name: 'base',
      template_description: 'the base of all',
      create_time: expect.stringMatching(/Z$/),
      update_time: expect.stringMatching(/Z$/),
    })
    expect(await library.summary('base')).toMatchObject({
      template_id,
      latest_version_id: 'V1',
      latest_version_description: 'the first',
    })
    const { versions } = cloud.must(await library.versions('base'))
    const version = { template_id, template_name: 'base', version_description: 'the first' }
    const create_time = versions[0]?.create_time
    expect(versions).toEqual([{ ...version, version_id: 'V1', create_time }])
    // Everything but the id of the version.
    expect(cloud.must(await library.showVersion('base', 'V1'))).toEqual({ ...version, create_time })
  })

  test('without descriptions shows none, and an empty one in the place where there must be one', async () => {
    await library.created('bare', { template_body })
    expect(cloud.must(await library.show('bare'))).not.toHaveProperty('template_description')
    expect(cloud.must(await library.showVersion('bare', 'V1'))).not.toHaveProperty('version_description')
    const summary = await library.summary('bare')
    expect(summary).not.toHaveProperty('template_description')
    expect(summary?.latest_version_description).toBe('')
  })

  test('has its name to itself, until it is deleted', async () => {
    const first = await library.created('named', { template_body })
    expect(await library.create('named', { template_body })).toMatchObject(refusal(409, 'RF.10013571', 'named'))
    expect((await library.remove('named')).status).toBe(204)
    const second = await library.created('named', { template_body: '# another' })
    expect(second.template_id).not.toBe(first.template_id)
    expect(await library.text('named', 'V1')).toBe('# another')
  })

  test('is created once by a request that is sent again, and by 10 requests at once', async () => {
    const requestId = randomUUID()
    const [first, second] = await Promise.all([
      library.create('repeated', { template_body }, requestId),
      library.create('repeated', { template_body }, requestId),
    ])
    expect(cloud.must(first)).toEqual(cloud.must(second))
    cloud.must(await library.addVersion('repeated', { template_body }))
    // Whoever went on from the answer has had it.
    expect(await library.create('repeated', { template_body }, requestId)).toMatchObject(refusal(409, 'RF.10013571'))
    const answers = await Promise.all(Array.from({ length: 10 }, () => library.create('raced', { template_body })))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    for (const answer of answers) if (!answer.ok) expect(answer).toMatchObject(refusal(409, 'RF.10013571'))
    expect(await library.versionIds('raced')).toEqual(['V1'])
  })

  test('may be described anew, and nothing else of it can be changed', async () => {
    const { template_id } = await library.created('described', { template_body, template_description: 'before' })
    expect((await library.update('described', { template_description: 'after', template_id })).status).toBe(204)
    expect(cloud.must(await library.show('described'))).toMatchObject({ template_description: 'after' })
    // The same once more is a change, and so is an empty text.
    expect((await library.update('described', { template_description: 'after' })).status).toBe(204)
    expect((await library.update('described', { template_description: '' })).status).toBe(204)
    expect(cloud.must(await library.show('described'))).toMatchObject({ template_description: '' })
    for (const body of [{}, { template_id }, { template_description: null }]) {
      expect(await library.update('described', body as never)).toMatchObject(
        refusal(400, 'RF.10011084', 'template_description'),
      )
    }
    const renamed = await library.update('described', { template_description: 'x', template_name: 'y' } as never)
    expect(renamed).toMatchObject(refusal(400, 'RF.10011002', 'template_name'))
  })

  test.each<[string, object, string]>([
    ['no template', {}, 'RF.10011056'],
    ['an empty template', { template_body: '' }, 'RF.10011056'],
    ['two templates', { template_body, template_uri: 'https://example.com/a.tf' }, 'RF.10011003'],
    ['prose', { template_body: 'hello there' }, 'RF.10011073'],
    ['broken JSON', { template_body: '{"a": ' }, 'RF.10011073'],
    ['an address of something else', { template_uri: 'https://example.com/a.txt' }, 'RF.10011035'],
  ])('is not made of %s, and neither is a version', async (_, body, code) => {
    expect(await library.create('never', body)).toMatchObject(refusal(400, code))
    expect(await library.addVersion('base', body)).toMatchObject(refusal(400, code))
    expect(await library.show('never')).toMatchObject(refusal(404, 'RF.10013071'))
  })

  test('that does not exist is 404 for every operation', async () => {
    const answers = await Promise.all([
      library.show('nobody'),
      library.update('nobody', { template_description: 'x' }),
      library.remove('nobody'),
      library.versions('nobody'),
      library.addVersion('nobody', { template_body }),
      library.content('nobody', 'V1'),
      library.showVersion('nobody', 'V1'),
      library.removeVersion('nobody', 'V1'),
    ])
    for (const answer of answers) expect(answer).toMatchObject(refusal(404, 'RF.10013071', 'nobody'))
  })

  test('is guarded by its id', async () => {
    const { template_id } = await library.created('guarded', { template_body })
    await library.added('guarded', { template_body })
    const wrong = { template_id: randomUUID() }
    const answers = await Promise.all([
      library.show('guarded', wrong),
      library.update('guarded', { template_description: 'x', ...wrong }),
      library.remove('guarded', wrong),
      library.versions('guarded', wrong),
      library.addVersion('guarded', { template_body }, wrong),
      library.content('guarded', 'V1', wrong),
      library.showVersion('guarded', 'V1', wrong),
      library.removeVersion('guarded', 'V1', wrong),
    ])
    for (const answer of answers) expect(answer).toMatchObject(refusal(400, 'RF.10011571', 'template_id'))
    const right = { template_id }
    expect(cloud.must(await library.versions('guarded', right)).versions).toHaveLength(2)
    expect((await library.content('guarded', 'V1', right)).status).toBe(307)
    expect((await library.removeVersion('guarded', 'V1', right)).status).toBe(204)
    expect((await library.remove('guarded', right)).status).toBe(204)
  })
})

describe('versions', () => {
  test('added by 20 requests at once have 20 numbers without a gap, newest first, and the summary shows the newest', async () => {
    await library.created('numbered', { template_body })
    const bodies = Array.from({ length: 20 }, (_, at) => ({
      template_body: `# ${at}`,
      version_description: `no. ${at}`,
    }))
    const ids = await Promise.all(bodies.map((body) => library.added('numbered', body)))
    const newestFirst = Array.from({ length: 21 }, (_, at) => `V${21 - at}`)
    expect([...ids, 'V1'].sort()).toEqual(newestFirst.toSorted())
    expect(await library.versionIds('numbered')).toEqual(newestFirst)
    // Each has its own content and description.
    const [description, body] = [bodies[7]?.version_description, bodies[7]?.template_body]
    expect(cloud.must(await library.showVersion('numbered', ids[7] ?? ''))).toMatchObject({
      version_description: description,
    })
    expect(await library.text('numbered', ids[7] ?? '')).toBe(body)
    const latest = bodies[ids.indexOf('V21')]?.version_description
    expect(await library.summary('numbered')).toMatchObject({
      latest_version_id: 'V21',
      latest_version_description: latest,
    })
  })

  test('come in pages that make up the whole, also when some come and go in between', async () => {
    const all = await library.versionIds('numbered')
    const first = cloud.must(await library.versions('numbered', { limit: 10 }))
    expect(first).toMatchObject({ page_info: { current_count: 10, next_marker: expect.any(String) } })
    expect(first.versions.map(({ version_id }) => version_id)).toEqual(all.slice(0, 10))
    await library.added('numbered', { template_body })
    expect((await library.removeVersion('numbered', 'V21')).status).toBe(204)
    const marker = first.page_info?.next_marker ?? ''
    const second = cloud.must(await library.versions('numbered', { limit: 1000, marker }))
    expect(second.versions.map(({ version_id }) => version_id)).toEqual(all.slice(10))
    expect(second.page_info?.next_marker).toBeUndefined()
    expect(await library.versions('numbered', { marker: 'nonsense' })).toMatchObject(
      refusal(400, 'RF.10011038', 'marker'),
    )
  })

  test('are limited in number, exactly, however many are added at once', async () => {
    const room = 25 - (await library.versionIds('numbered')).length
    const answers = await Promise.all(
      Array.from({ length: room + 6 }, () => library.addVersion('numbered', { template_body })),
    )
    expect(answers.filter(({ ok }) => ok)).toHaveLength(room)
    for (const answer of answers) if (!answer.ok) expect(answer).toMatchObject(refusal(403, 'RF.10012576', '25'))
    expect((await library.removeVersion('numbered', 'V3')).status).toBe(204)
    cloud.must(await library.addVersion('numbered', { template_body }))
  })

  test('take the number after the largest that is there', async () => {
    await library.created('reused', { template_body, version_description: 'one' })
    expect(await library.added('reused', { template_body, version_description: 'two' })).toBe('V2')
    const link = await library.link('reused', 'V2')
    expect((await library.removeVersion('reused', 'V2')).status).toBe(204)
    expect(await library.summary('reused')).toMatchObject({
      latest_version_id: 'V1',
      latest_version_description: 'one',
    })
    expect(await library.added('reused', { template_body: '# new' })).toBe('V2')
    expect(await library.text('reused', 'V2')).toBe('# new')
    // The old V2 is gone for those who had its address.
    expect((await fetch(link)).status).toBe(404)
    expect((await library.removeVersion('reused', 'V1')).status).toBe(204)
    expect(await library.added('reused', { template_body })).toBe('V3')
  })

  test('cannot all be deleted: the last one stays, also when all are deleted at once', async () => {
    await library.created('last', { template_body })
    expect(await library.removeVersion('last', 'V1')).toMatchObject(refusal(403, 'RF.10012577', 'last'))
    await Promise.all([library.added('last', { template_body }), library.added('last', { template_body })])
    const answers = await Promise.all(['V1', 'V2', 'V3'].map((version) => library.removeVersion('last', version)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(2)
    expect(answers.find(({ ok }) => !ok)).toMatchObject(refusal(403, 'RF.10012577'))
    expect(await library.versionIds('last')).toHaveLength(1)
  })

  test('that are not there are 404, and what is no version is 400', async () => {
    for (const version of ['V2', 'V9999999999']) {
      for (const answer of [
        await library.content('bare', version),
        await library.showVersion('bare', version),
        await library.removeVersion('bare', version),
      ]) {
        expect(answer).toMatchObject(refusal(404, 'RF.10013072', version))
      }
    }
    expect(await library.showVersion('bare', 'v1')).toMatchObject(refusal(400, 'RF.10011029', 'V1'))
  })
})

describe('templates', () => {
  test('are listed newest first, in pages that make up the whole, and neither stacks nor versions are among them', async () => {
    cloud.must(await cloud.create('a-stack'))
    for (const name of ['listed-1', 'listed-2', 'listed-3']) await library.created(name, { template_body })
    const all = (await library.list()).templates.map(({ template_name }) => template_name)
    expect(all.length).toBeGreaterThan(11)
    expect(all.slice(0, 3)).toEqual(['listed-3', 'listed-2', 'listed-1'])
    expect(all.at(-1)).toBe('base')
    expect(all).not.toContain('a-stack')
    expect((await cloud.list()).map(({ stack_name }) => stack_name)).not.toContain('listed-1')
    const first = await library.list({ limit: 10 })
    const marker = first.page_info?.next_marker ?? ''
    const second = await library.list({ limit: 1000, marker })
    expect([...first.templates, ...second.templates].map(({ template_name }) => template_name)).toEqual(all)
    expect(second.page_info?.next_marker).toBeUndefined()
  })

  test('are limited in number, exactly, however many are created at once', async () => {
    const room = 30 - (await library.list()).templates.length
    const answers = await Promise.all(
      Array.from({ length: room + 5 }, (_, at) => library.create(`filler-${at}`, { template_body: many(1) })),
    )
    expect(answers.filter(({ ok }) => ok)).toHaveLength(room)
    for (const answer of answers) if (!answer.ok) expect(answer).toMatchObject(refusal(403, 'RF.10012575', '30'))
    expect((await library.remove('bare')).status).toBe(204)
    cloud.must(await library.create('filler-at-last', { template_body }))
  })
})
