/** Numbers of versions, what the summary says of the newest, and where a version lies. */
import { describe, expect, test } from 'vitest'
import {
  newVersion,
  numberIn,
  numberOf,
  numbersOf,
  type TemplateRecord,
  versionIdOf,
  withoutVersion,
  withVersion,
} from '../../../shared/template-library/record.ts'
import { versionAtKey } from '../../../shared/template-library/version-store.ts'
import { toTemplateSummary, toVersion, toVersionMetadata } from '../../../shared/template-library/views.ts'
import { noon, secondsLater } from '../../support/stack-records.ts'

const template = (versions: TemplateRecord['versions']): TemplateRecord => ({
  project: 'p',
  name: 'base',
  id: 'template-id',
  createdAt: noon.toISOString(),
  updatedAt: noon.toISOString(),
  version: 1,
  versions,
  latest: { number: 1 },
  fingerprint: 'f',
})
const version = (description?: string) => newVersion(template({}), { extension: 'tf', description }, noon)

describe('the numbers of versions', () => {
  test('are numbers, not texts: V10 is newer than V9', () => {
    const seen = template({ 9: 'i', 10: 'j', 2: 'b' })
    expect(numbersOf(seen)).toEqual([10, 9, 2])
    const next = withVersion(seen, version('new'), secondsLater(5))
    expect(next.latest).toEqual({ number: 11, description: 'new' })
    expect(next.updatedAt).toBe(secondsLater(5).toISOString())
    expect(next.versions).toMatchObject(seen.versions)
  })

  test('go up to ten digits', () => {
    const next = withVersion(template({ 9999999998: 'x' }), version(), noon)
    expect(versionIdOf(next.latest.number)).toBe('V9999999999')
    expect(numberOf('V9999999999')).toBe(9_999_999_999)
  })

  test('are found by the id of the version, as long as it is there', () => {
    expect(numberIn(template({ 1: 'a', 7: 'g' }), 'g')).toBe(7)
    expect(numberIn(template({ 1: 'a' }), 'g')).toBeUndefined()
  })

  test('leave a gap for what was deleted, and the newest of the others is the latest', () => {
    const seen = template({ 1: 'a', 2: 'b', 3: 'c' })
    expect(withoutVersion(seen, 'c', version('two'), noon)).toMatchObject({
      versions: { 1: 'a', 2: 'b' },
      latest: { number: 2, description: 'two' },
    })
    const without2 = withoutVersion(seen, 'b', version(), noon)
    expect(without2).toMatchObject({ versions: { 1: 'a', 3: 'c' }, latest: { number: 3 } })
    expect(without2.latest).not.toHaveProperty('description')
  })
})

describe('a version', () => {
  test.each([
    ['tf', 'main.tf'],
    ['tf.json', 'main.tf.json'],
    ['zip', 'template.zip'],
  ] as const)('of a .%s lies in a folder of its own below its template, as %s', (extension, name) => {
    const { id, contentKey } = newVersion(template({}), { extension }, noon)
    expect(contentKey).toBe(`projects/p/templates/template-id/${id}/${name}`)
  })

  test('has a key that names it, and nothing else has such a key', () => {
    expect(versionAtKey({ pk: 'TEMPLATE#t', sk: 'VERSION#v' })).toEqual({ templateId: 't', id: 'v' })
    for (const other of [
      { pk: 'PROJECT#p', sk: 'TEMPLATE#base' },
      { pk: 'STACK#s', sk: 'PLAN#v' },
      { pk: 'TEMPLATE#', sk: 'VERSION#v' },
      { pk: 'TEMPLATE#t', sk: 'VERSION#' },
    ]) {
      expect(versionAtKey(other)).toBeUndefined()
    }
  })

  test('is shown with its number in a list, and without it alone', () => {
    const alone = toVersionMetadata(version('first'))
    expect(alone).toEqual({
      template_id: 'template-id',
      template_name: 'base',
      version_description: 'first',
      create_time: '2026-03-01T12:00:00Z',
    })
    expect(toVersion(version('first'), 12)).toEqual({ ...alone, version_id: 'V12' })
    expect(toVersionMetadata(version())).not.toHaveProperty('version_description')
  })
})

test('a summary always has a description of the latest version, empty if need be', () => {
  expect(toTemplateSummary(template({ 1: 'a' }))).toEqual({
    template_id: 'template-id',
    template_name: 'base',
    create_time: '2026-03-01T12:00:00Z',
    update_time: '2026-03-01T12:00:00Z',
    latest_version_id: 'V1',
    latest_version_description: '',
  })
})
