import { describe, expect, it } from 'vitest'
import type { RunnerLine } from '../../../shared/engine/protocol.ts'
import { createReport } from '../../../shared/engine/run-report.ts'

function testReport() {
  const lines: RunnerLine[] = []
  const report = createReport({
    emit: (line) => void lines.push(line),
    hidePaths: (message) => message.replaceAll('/run/secret-folder/', ''),
    now: () => 0,
  })
  return { report, lines, messages: () => lines.map((line) => (line.type === 'event' ? line.event.message : '')) }
}

const engineLine = (type: string, message: string, rest: object = {}) =>
  JSON.stringify({ '@message': message, '@timestamp': '2026-11-21T09:11:18Z', type, ...rest })

describe('messages of a run', () => {
  it('are without the secrets that are known by then', async () => {
    const { report, messages } = testReport()
    await report.engineLine(engineLine('log', 'it is hunter2'), false)
    report.learn(['hunter2'])
    await report.engineLine(engineLine('log', 'it is hunter2'), false)
    await report.log('own: hunter2')
    report.learn(['another'])
    await report.error('another hunter2')
    expect(messages()).toEqual(['it is hunter2', 'it is <sensitive>', 'own: <sensitive>', '<sensitive> <sensitive>'])
  })

  it('are masked before they are cut, and after paths are hidden', async () => {
    const { report } = testReport()
    report.learn(['secret', 'hunter2'])
    expect(report.clean(`${'x'.repeat(4_092)}hunter2`)).toBe(`${'x'.repeat(4_092)}<se…`)
    expect(report.clean('on /run/secret-folder/main.tf')).toBe('on main.tf')
  })

  it('mask also the id of a resource and the first error', async () => {
    const { report, lines } = testReport()
    report.learn(['hunter2'])
    const resource = { addr: 'a.b', resource_type: 'a', resource_name: 'b', resource_key: null }
    const hook = { resource, action: 'create', id_key: 'id', id_value: 'id-of-hunter2' }
    await report.engineLine(engineLine('apply_complete', 'made [id=id-of-hunter2]', { hook }), false)
    const diagnostic = { severity: 'error', summary: 'Bad', detail: 'not hunter2' }
    await report.engineLine(engineLine('diagnostic', 'Error: Bad', { diagnostic }), false)
    expect(lines[0]).toMatchObject({
      event: {
        message: 'made [id=id-of-<sensitive>]',
        resource: { address: 'a.b', idKey: 'id', idValue: '<sensitive>' },
      },
    })
    expect(report.findings.firstError).toBe('Bad: not <sensitive>')
    expect(JSON.stringify(lines)).not.toContain('hunter2')
  })
})
