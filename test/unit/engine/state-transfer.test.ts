import { gunzipSync, gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { RunFailure } from '../../../shared/engine/run-failure.ts'
import { fetchState, saveState } from '../../../shared/engine/state-transfer.ts'
import { type StateServer, startStateServer } from './state-server.ts'

const state = Buffer.from('{"version":4,"serial":7,"lineage":"l","resources":[]}\n')
const limits = (rest = {}) => ({ attempts: 4, attemptMs: 5_000, endAtMs: Date.now() + 10_000, now: Date.now, ...rest })

let server: StateServer
beforeEach(async () => {
  server = await startStateServer()
  onTestFinished(() => server.stop())
})

describe('saving the state', () => {
  it('stores it compressed', async () => {
    await saveState(server.url, state, limits())
    expect(gunzipSync(server.stored!)).toEqual(state)
  })

  it('tries again after refusals that may pass, ever later', async () => {
    server.refusals.push(503, 500, 429)
    const startedAtMs = Date.now()
    await saveState(server.url, state, limits())
    expect(server.saves).toHaveLength(1)
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(690)
  })

  it('gives up at once when the address is no longer good, without telling it', async () => {
    server.refusals.push(403)
    const saving = saveState(server.url, state, limits())
    await expect(saving).rejects.toThrow('The state of the stack could not be saved: the store answered 403.')
    expect(server.saves).toHaveLength(0)
  })

  it('gives up after its attempts and after its time', async () => {
    server.refusals.push(...Array(20).fill(503))
    await expect(saveState(server.url, state, limits({ attempts: 2 }))).rejects.toThrow('the store answered 503')
    expect(server.refusals).toHaveLength(18)
    const startedAtMs = Date.now()
    await expect(saveState(server.url, state, limits({ attempts: 20, endAtMs: Date.now() + 250 }))).rejects.toThrow(
      RunFailure,
    )
    expect(Date.now() - startedAtMs).toBeLessThan(1_000)
  })

  it('tells what is wrong with the network, without the address', async () => {
    await server.stop()
    const saving = saveState(server.url, state, limits({ attempts: 1 }))
    await expect(saving).rejects.toThrow('the store did not answer (ECONNREFUSED)')
    await expect(saving).rejects.not.toThrow('token')
  })
})

describe('fetching the state', () => {
  it('reads it compressed or plain', async () => {
    server.stored = gzipSync(state)
    expect(await fetchState(server.url, limits())).toEqual(state)
    server.stored = state
    expect(await fetchState(server.url, limits())).toEqual(state)
  })

  it('fails when there is none: an empty start would make every resource again', async () => {
    await expect(fetchState(server.url, limits())).rejects.toThrow('could not be fetched: the store answered 404')
  })

  it.each([
    ['half a state', gzipSync(state.subarray(0, 20))],
    ['half a body', gzipSync(state).subarray(0, 30)],
    ['another document', Buffer.from('{"error":"no"}')],
    ['nothing', Buffer.alloc(0)],
  ])('fails when it finds %s', async (_what, body) => {
    server.stored = body
    await expect(fetchState(server.url, limits())).rejects.toThrow(RunFailure)
  })
})
