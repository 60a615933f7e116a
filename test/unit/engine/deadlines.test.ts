import { describe, expect, it } from 'vitest'
import { deadlines } from '../../../shared/engine/deadlines.ts'

describe('the deadlines of a run', () => {
  it('leave a minute of a long run, two thirds of it for the engine', () => {
    expect(deadlines({ startedAtMs: 0, hardStopAtMs: 900_000, stopAtMs: 10_000_000 })).toEqual({
      quietFromMs: 780_000,
      interruptAtMs: 840_000,
      killAtMs: 880_000,
      endAtMs: 897_000,
    })
  })

  it('leave a quarter of a short run', () => {
    expect(deadlines({ startedAtMs: 1_000, hardStopAtMs: 13_000, stopAtMs: 10_000_000 })).toEqual({
      quietFromMs: 7_000,
      interruptAtMs: 10_000,
      killAtMs: 12_000,
      endAtMs: 12_850,
    })
  })

  it('follow the request when it wants an earlier end, with the same grace', () => {
    const { quietFromMs, interruptAtMs, killAtMs } = deadlines({
      startedAtMs: 0,
      hardStopAtMs: 900_000,
      stopAtMs: 100_000,
    })
    expect([quietFromMs, interruptAtMs, killAtMs]).toEqual([40_000, 100_000, 140_000])
  })

  it('are in order for a run whose time is up already', () => {
    const { interruptAtMs, killAtMs, endAtMs } = deadlines({ startedAtMs: 5, hardStopAtMs: 4, stopAtMs: 1_000 })
    expect([interruptAtMs, killAtMs, endAtMs]).toEqual([4, 4, 4])
  })
})
