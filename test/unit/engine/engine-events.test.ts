import { describe, expect, it } from 'vitest'
import { boundedMessage, maxMessageLength } from '../../../shared/engine/bounded-message.ts'
import { beginsChange, engineEvent } from '../../../shared/engine/engine-events.ts'
import { parseLogLine } from '../../../shared/engine/log-lines.ts'
import type { EngineEvent } from '../../../shared/engine/protocol.ts'
import { goldenLines } from './golden-lines.ts'

const events = (name: string) =>
  goldenLines(name)
    .map(engineEvent)
    .filter((event) => event !== undefined)
const brief = (name: string) =>
  events(name).map(({ type, resource }) => [type, resource?.address ?? ''].join(' ').trim())

function line(type: string, rest: object) {
  return parseLogLine(
    JSON.stringify({ '@message': 'words', '@timestamp': '2026-11-21T09:11:18.638731Z', type, ...rest }),
  )
}
const resource = { addr: 'a.b', resource_type: 'a', resource_name: 'b', resource_key: null }
const hook = (action: string) => ({ hook: { resource, action, elapsed_seconds: 3 } })

describe('events of the engine', () => {
  it('show a creation from the start to the summary', () => {
    expect(brief('lifecycle-create')).toEqual([
      'LOG',
      'LOG',
      'CREATION_IN_PROGRESS terraform_data.one',
      'CREATION_COMPLETE terraform_data.one',
      'SUMMARY',
    ])
  })

  it('show a change in place', () => {
    expect(brief('lifecycle-update')).toEqual([
      'LOG',
      'LOG',
      'UPDATE_IN_PROGRESS terraform_data.one',
      'UPDATE_COMPLETE terraform_data.one',
      'SUMMARY',
    ])
  })

  it('show a replacement as a deletion and a creation', () => {
    expect(brief('lifecycle-replace').slice(2)).toEqual([
      'DELETION_IN_PROGRESS terraform_data.one',
      'DELETION_COMPLETE terraform_data.one',
      'CREATION_IN_PROGRESS terraform_data.one',
      'CREATION_COMPLETE terraform_data.one',
      'SUMMARY',
    ])
  })

  it('show a destruction, with the id that is going', () => {
    const deletion = events('lifecycle-destroy').find(({ type }) => type === 'DELETION_IN_PROGRESS')
    expect(deletion?.message).toMatch(/^terraform_data\.one: Destroying\.\.\. \[id=/)
    expect(deletion?.resource).toMatchObject({ idKey: 'id', idValue: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  })

  it('keep the log lines of a provisioner and tell which resource failed', () => {
    const failed = events('failures-provisioner')
    expect(failed.filter(({ type }) => type === 'CREATION_FAILED').map(({ resource }) => resource?.address)).toEqual([
      'terraform_data.second',
    ])
    expect(failed.map(({ message }) => message)).toContain('terraform_data.first: (local-exec): made')
    expect(failed.at(-1)?.type).toBe('ERROR')
  })

  it('name instances by address and key, also inside of modules', () => {
    const complete = events('instances-create').filter(({ type }) => type === 'CREATION_COMPLETE')
    const named = complete.map(({ resource }) => [resource?.address, resource?.type, resource?.name, resource?.key])
    expect(named.sort()).toEqual([
      ['module.parts.terraform_data.keyed["x"]', 'terraform_data', 'keyed', 'x'],
      ['module.parts.terraform_data.keyed["y z"]', 'terraform_data', 'keyed', 'y z'],
      ['terraform_data.counted[0]', 'terraform_data', 'counted', '0'],
      ['terraform_data.counted[1]', 'terraform_data', 'counted', '1'],
    ])
  })

  it('take reading a data source for a log line, and not for a change', () => {
    const reads = goldenLines('instances-create').filter(
      (read) => read.type === 'apply_start' && read.hook.action === 'read',
    )
    expect(reads).toHaveLength(1)
    expect(reads.map((read) => engineEvent(read)?.type)).toEqual(['LOG'])
    expect(reads.some(beginsChange)).toBe(false)
    expect(goldenLines('instances-create').some(beginsChange)).toBe(true)
  })

  it.each<[string, object, EngineEvent['type'] | undefined]>([
    ['apply_start', hook('create'), 'CREATION_IN_PROGRESS'],
    ['apply_start', hook('update'), 'UPDATE_IN_PROGRESS'],
    ['apply_start', hook('delete'), 'DELETION_IN_PROGRESS'],
    ['apply_start', hook('noop'), 'LOG'],
    ['apply_complete', hook('create'), 'CREATION_COMPLETE'],
    ['apply_complete', hook('update'), 'UPDATE_COMPLETE'],
    ['apply_complete', hook('delete'), 'DELETION_COMPLETE'],
    ['apply_complete', hook('read'), 'LOG'],
    ['apply_errored', hook('create'), 'CREATION_FAILED'],
    ['apply_errored', hook('update'), 'UPDATE_FAILED'],
    ['apply_errored', hook('delete'), 'DELETION_FAILED'],
    ['apply_progress', hook('create'), 'LOG'],
    ['provision_start', { hook: { resource } }, 'LOG'],
    ['provision_complete', { hook: { resource } }, 'LOG'],
    ['provision_errored', { hook: { resource } }, 'LOG'],
    ['resource_drift', { change: { resource, action: 'update' } }, 'DRIFT'],
    ['change_summary', { changes: { operation: 'plan' } }, 'LOG'],
    ['change_summary', { changes: { operation: 'apply' } }, 'SUMMARY'],
    ['change_summary', { changes: { operation: 'destroy' } }, 'SUMMARY'],
    ['diagnostic', { diagnostic: { severity: 'error', summary: 's' } }, 'ERROR'],
    ['diagnostic', { diagnostic: { severity: 'warning', summary: 's' } }, 'LOG'],
    ['version', {}, 'LOG'],
    ['init_output', {}, 'LOG'],
    ['planned_change', { change: { resource, action: 'create' } }, undefined],
    ['refresh_start', { hook: { resource } }, undefined],
    ['outputs', { outputs: {} }, undefined],
  ])('map %s %j to %s', (type, rest, expected) => {
    expect(engineEvent(line(type, rest))?.type).toBe(expected)
  })

  it('carry time in milliseconds, elapsed seconds and the engine’s own words', () => {
    expect(engineEvent(line('apply_complete', hook('create')))).toEqual({
      time: '2026-11-21T09:11:18.638Z',
      type: 'CREATION_COMPLETE',
      message: 'words',
      elapsedSeconds: 3,
      resource: { address: 'a.b', type: 'a', name: 'b' },
    })
  })

  it('leave out empty messages', () => {
    expect(engineEvent(line('log', { '@message': ' \n' }))).toBeUndefined()
  })

  it('have bounded messages, cut with an ellipsis and never through a character', () => {
    expect(boundedMessage('x'.repeat(maxMessageLength))).toHaveLength(maxMessageLength)
    expect(boundedMessage('x'.repeat(maxMessageLength + 1))).toBe(`${'x'.repeat(maxMessageLength - 1)}…`)
    expect(boundedMessage(`${'x'.repeat(maxMessageLength - 2)}😀😀`)).toBe(`${'x'.repeat(maxMessageLength - 2)}…`)
  })
})
