import { describe, expect, it } from 'vitest'
import { parseLogLine } from '../../../shared/engine/log-lines.ts'
import { goldenText } from './golden-lines.ts'

const unused = ['planned_change', 'outputs', 'refresh_start', 'refresh_complete']

describe('the engine log', () => {
  it.each([
    'lifecycle-create',
    'lifecycle-update',
    'lifecycle-replace',
    'lifecycle-destroy',
    'instances-create',
    'failures-precondition',
    'failures-provisioner',
    'failures-undeclared',
  ])('is understood line by line, except for the types nobody uses: %s', (name) => {
    const types = goldenText(name).map((text) => ({ written: JSON.parse(text).type, read: parseLogLine(text).type }))
    expect(types.length).toBeGreaterThan(1)
    for (const { written, read } of types) expect(read).toBe(unused.includes(written) ? 'other' : written)
  })

  it.each([
    ['plain text', 'Successfully configured the backend'],
    ['an unknown type', '{"@message":"m","@timestamp":"2026-01-01T00:00:00Z","type":"brand_new"}'],
    [
      'a known type in another shape',
      '{"@message":"m","@timestamp":"2026-01-01T00:00:00Z","type":"apply_start","hook":7}',
    ],
    ['a line that was cut', '{"@message":"m","@timesta'],
    ['JSON that is no object', '[1]'],
    ['nothing', ''],
  ])('takes %s for another line, never for an error', (_what, text) => {
    expect(parseLogLine(text)).toEqual({ type: 'other', text })
  })

  it('reads a diagnostic without detail, place and snippet', () => {
    const line = parseLogLine(
      '{"@message":"m","@timestamp":"2026-01-01T00:00:00Z","type":"diagnostic","diagnostic":{"severity":"error","summary":"s"}}',
    )
    expect(line).toMatchObject({ type: 'diagnostic', diagnostic: { severity: 'error', summary: 's', detail: '' } })
  })
})
