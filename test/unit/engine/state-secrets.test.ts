import { describe, expect, it } from 'vitest'
import { stateSecrets } from '../../../shared/engine/state-secrets.ts'

const attr = (value: string) => ({ type: 'get_attr', value })
const secrets = (state: object) => stateSecrets(Buffer.from(JSON.stringify({ version: 4, ...state })))
const instance = (attributes: object, ...paths: object[][]) => ({
  resources: [{ instances: [{ attributes, sensitive_attributes: paths }] }],
})

describe('sensitive texts of a state file', () => {
  it('are those of sensitive outputs', () => {
    const outputs = {
      hidden: { value: 'hunter2', type: 'string', sensitive: true },
      shown: { value: 'shown', type: 'string' },
    }
    expect(secrets({ outputs })).toEqual(['hunter2'])
  })

  it('are those at the paths that the engine marks', () => {
    const attributes = { password: 'hunter2', user: 'shown', list: [{ key: 'in-list' }], map: { a: 'in-map' } }
    const index = (value: unknown, type: string) => ({ type: 'index', value: { value, type } })
    expect(
      secrets(
        instance(
          attributes,
          [attr('password')],
          [attr('list'), index(0, 'number'), attr('key')],
          [attr('map'), index('a', 'string')],
        ),
      ),
    ).toEqual(['hunter2', 'in-list', 'in-map'])
  })

  it('are without the words of the type that is kept beside a value', () => {
    const input = { value: { password: 'hunter2' }, type: ['object', { password: 'string' }] }
    expect(secrets(instance({ input }, [attr('input'), attr('password')]))).toEqual(['hunter2'])
    expect(secrets(instance({ input: { value: 'hunter2', type: 'string' } }, [attr('input')]))).toEqual(['hunter2'])
  })

  it.each<[string, Buffer]>([
    ['no JSON', Buffer.from('{')],
    ['an encrypted state', Buffer.from('{"serial":1,"lineage":"l","encrypted_data":"x"}')],
    ['another version', Buffer.from('{"version":3,"outputs":{"o":{"value":"hunter2","sensitive":true}}}')],
    [
      'paths to nothing',
      Buffer.from(JSON.stringify({ version: 4, ...instance({ a: 'text' }, [attr('b'), attr('c')]) })),
    ],
    [
      'other shapes',
      Buffer.from('{"version":4,"outputs":[1],"resources":[{"instances":[{"sensitive_attributes":[7]}]}]}'),
    ],
  ])('are none of %s', (_what, bytes) => {
    expect(stateSecrets(bytes)).toEqual([])
  })
})
