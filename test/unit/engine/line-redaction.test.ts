import { describe, expect, test } from 'vitest'
import { redactLine } from '../../../shared/engine/line-redaction.ts'
import type { RunnerLine } from '../../../shared/engine/protocol.ts'
import { redaction } from '../../../shared/engine/redaction.ts'

const secret = 'the-secret'
const address = `terraform_data.x["${secret}"]`
const instance = { address, type: 'terraform_data', name: 'x', key: secret }
const common = { ...instance, id: `id-${secret}` }

const lines: readonly [string, RunnerLine][] = [
  [
    'event',
    {
      type: 'event',
      event: { time: 't', type: 'LOG', message: 'm', resource: { ...instance, idKey: 'id', idValue: secret } },
    },
  ],
  [
    'resource',
    {
      type: 'resource',
      resource: { ...common, physicalName: secret, tainted: false, attributes: [{ key: 'a', value: `["${secret}"]` }] },
    },
  ],
  [
    'output',
    {
      type: 'output',
      output: { name: 'o', description: secret, type: 'string', value: `"${secret}"`, sensitive: false },
    },
  ],
  [
    'item',
    {
      type: 'item',
      item: {
        ...common,
        action: 'UPDATE',
        actionReason: `It was moved from ${address}.`,
        provider: 'p',
        mode: 'RESOURCE',
        drifted: false,
        imported: false,
        attributes: [{ name: 'input', previous: secret, target: `more ${secret}` }],
      },
    },
  ],
]

describe('a line of the runner', () => {
  test.each(lines)('of type %s has no known secret left, and is otherwise the same', (_, line) => {
    const masked = redactLine(line, redaction([secret]).message)
    expect(JSON.stringify(masked)).toBe(JSON.stringify(line).replaceAll(secret, '<sensitive>'))
    expect(redactLine(line, redaction([]).message)).toEqual(line)
  })
})
