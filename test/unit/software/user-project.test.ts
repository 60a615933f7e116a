/** In which other project a deployment may show. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openSharedProjects, userProjectOf } from '../../../shared/software/user-project.ts'
import { anybody } from '../../support/open-guard.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** The second project of a deployment of `one`, whose caller also has `mine`. */
function secondProject(setting: string, given: string | null | undefined): string | null {
  vi.stubEnv('STACK_USER_PROJECTS', setting)
  const caller = { ...anybody, projects: ['one', 'mine'] }
  return userProjectOf(given, { project: 'one', caller, shared: openSharedProjects() })
}

describe('a deployment', () => {
  test.each([undefined, null, ''])('without another project (%j) shows in its own alone', (given) => {
    expect(secondProject('', given)).toBeNull()
  })

  test.each([
    ['its own', '', 'one'],
    ["another one of the caller's", '', 'mine'],
    ['one that the operator lets this project use', 'two=one,one=two', 'two'],
    ['one that the operator lets everybody use', '*=two', 'two'],
    ['any, where the operator lets this project', 'one=*', 'somewhere'],
    ['any, where the operator lets everybody', '*=*', 'somewhere'],
  ])('may show in %s', (_, setting, given) => {
    expect(secondProject(setting, given)).toBe(given)
  })

  test.each([
    ['by default', ''],
    ['that may be used by another project', 'three=two'],
    ['that may use this one', 'two=one'],
    ['when another one may be used', 'one=three'],
    ['whose name begins like one that may be used', 'one=tw'],
  ])('may not show in a project of others %s', (_, setting) => {
    expect(() => secondProject(setting, 'two')).toThrow(expect.objectContaining({ errorName: 'OtherProject' }))
  })
})
