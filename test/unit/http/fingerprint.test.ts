/** What makes two requests the same command (a client that lost the answer repeats it) and what makes them two. */
import { describe, expect, test } from 'vitest'
import {
  ContinueDeployStack,
  ContinueRollbackStack,
  DeleteStack,
  DeployStack,
} from '../../../shared/contract/stacks.ts'
import { fingerprint } from '../../../shared/http/request.ts'
import { captureLog } from '../../support/captured-log.ts'
import { proxyEvent } from '../../support/proxy-event.ts'
import { received, requestWith } from './ask.ts'

captureLog()

const request = requestWith(DeployStack, { body: { template_body: 'locals {}' } })
const of = (given: Parameters<typeof proxyEvent>[1]) => fingerprint(DeployStack, proxyEvent(DeployStack, given))

describe('the fingerprint of a command', () => {
  test('is the one that the handler receives, and short enough for an item', async () => {
    const { fingerprint: got } = await received(DeployStack, request)
    expect(got).toBe(of(request))
    expect(got).toMatch(/^[\w-]{43}$/)
  })

  test('is the same for the same request, however its header is spelled, encoded or accompanied', () => {
    const id = { 'Client-Request-Id': undefined, 'client-request-id': '0b7f3a52-2a1c-4f8e-9a6d-1c2b3d4e5f60' }
    expect(of({ ...request, headers: id })).toBe(of(request))
    expect(of({ ...request, base64: true })).toBe(of(request))
    expect(of({ ...request, headers: { 'User-Agent': 'another' } })).toBe(of(request))
  })

  test.each([
    ['another body', { ...request, body: { template_body: 'locals { a = 1 }' } }],
    ['another Client-Request-Id', { ...request, headers: { 'Client-Request-Id': 'f'.repeat(36) } }],
    ['another stack', { ...request, path: { ...request.path, stack_name: 'db' } }],
    ['another project', { ...request, path: { ...request.path, project_id: 'another' } }],
    ['another query', { ...request, query: { stack_id: 'c2f4a1de-3b5c-4d6e-8f70-112233445566' } }],
  ])('is another one with %s', (_what, other) => {
    expect(of(other)).not.toBe(of(request))
  })

  test('is another one for another operation at the same address', () => {
    const prints = [ContinueDeployStack, ContinueRollbackStack, DeleteStack].map((operation) =>
      fingerprint(operation, { ...proxyEvent(DeleteStack, request), path: '/same' }),
    )
    expect(new Set(prints).size).toBe(3)
  })
})
