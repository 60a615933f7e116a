import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { localKeyService } from '../../../shared/auth/secrets.ts'
import { variable } from '../../../shared/contract/fields.ts'
import { encryptVariable, openVariables, VariableUnreadable } from '../../../shared/template/encrypted-variables.ts'

const newKeys = () => {
  const service = localKeyService(randomBytes(32).toString('base64'))
  return () => service
}
const keys = newKeys()
const keyId = '0a1b2c3d-0000-4000-8000-000000000001'
const place = { project: 'project-one', name: 'password', keyId }

describe('an encrypted variable', () => {
  test('is an entry that the API takes, without the value, and opens to it', async () => {
    const entry = await encryptVariable(keys, place, 'pä55 word')
    expect(z.safeParse(variable, entry).error).toBeUndefined()
    expect(JSON.stringify(entry)).not.toContain('55 word')
    const plain = { var_key: 'size', var_value: '3' }
    expect(await openVariables(keys, 'project-one', [plain, entry])).toEqual({
      structure: [
        { key: 'size', value: '3' },
        { key: 'password', value: 'pä55 word' },
      ],
      secrets: ['pä55 word'],
    })
  })

  test('differs each time, so that equal values do not show', async () => {
    const [one, other] = [await encryptVariable(keys, place, 'same'), await encryptVariable(keys, place, 'same')]
    expect(one.var_value).not.toBe(other.var_value)
  })

  test.each([
    ['in another project', 'project-two', (entry: object) => entry],
    ['as another variable', 'project-one', (entry: object) => ({ ...entry, var_key: 'other' })],
    ['with another value', 'project-one', (entry: object) => ({ ...entry, var_value: 'AAAA' })],
    [
      'with another data key',
      'project-one',
      (entry: object) => ({ ...entry, encryption: { kms: { id: keyId, cipher_text: 'zz' } } }),
    ],
  ])('does not open %s, and the error names it without its value', async (_, project, change) => {
    const changed = change(await encryptVariable(keys, place, 'the-value')) as Awaited<
      ReturnType<typeof encryptVariable>
    >
    const error = await openVariables(keys, project, [changed]).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(VariableUnreadable)
    expect((error as Error).message).toContain(`The variable ${changed.var_key} could not be decrypted`)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('the-value')
  })

  test('does not open with another key', async () => {
    const entry = await encryptVariable(keys, place, 'x')
    await expect(openVariables(newKeys(), 'project-one', [entry])).rejects.toThrow('password could not be decrypted')
  })

  test('too long for the API is refused when it is made', async () => {
    expect((await encryptVariable(keys, place, 'x'.repeat(1500))).var_value.length).toBeLessThanOrEqual(2048)
    await expect(encryptVariable(keys, place, 'x'.repeat(1600))).rejects.toThrow('at most 2048')
  })
})
