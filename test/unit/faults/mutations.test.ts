/** A mutation that does not fit the code any more tests nothing, and must not go unnoticed. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { mutated } from '../../faults/hooks.ts'
import { invariants } from '../../faults/invariants/names.ts'
import { mutations } from '../../faults/mutations.ts'

const text = (file: string) => readFileSync(fileURLToPath(new URL(`../../../${file}`, import.meta.url)), 'utf8')

test.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
  '"%s" changes the code',
  (_name, mutation) => {
    const before = text(mutation.file)
    const after = mutated(mutation, before)
    expect(after).not.toBe(before)
    expect(after).toContain(mutation.to)
  },
)

test('a mutation whose text is not there, or there twice, is an error that names it', () => {
  const [mutation] = mutations
  if (!mutation) throw new Error('there are no mutations')
  expect(() => mutated(mutation, 'other code')).toThrow(`mutation "${mutation.name}": its text stands 0 times`)
  expect(() => mutated(mutation, `${mutation.from}\n${mutation.from}`)).toThrow('stands 2 times')
})

test('every kind of defect that the checker must find is among them', () => {
  const names = mutations.map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining([
      'no fencing',
      'acknowledged before commit',
      'no sweeper',
      'state pointer moved without claim',
      'plans never expire',
    ]),
  )
  expect(new Set(names).size).toBe(names.length)
  for (const { breaks } of mutations) for (const name of breaks) expect(Object.keys(invariants)).toContain(name)
})
