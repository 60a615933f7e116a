import { describe, expect, test } from 'vitest'
import { exponentOf, type Point, percentile, spreadOf } from '../../bench/statistics.ts'

describe('a spread', () => {
  test('has the middle one of an odd number of samples, and the mean of the two of an even one', () => {
    expect(spreadOf([9, 1, 5])).toMatchObject({ median: 5, lowest: 1, highest: 9 })
    expect(spreadOf([4, 1, 9, 2]).median).toBe(3)
  })

  test('of nothing is refused', () => {
    expect(() => spreadOf([])).toThrow('nothing')
    expect(() => percentile([], 50)).toThrow('nothing')
  })
})

test('a percentile is a sample that so many of all do not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, at) => 100 - at)
  expect([50, 95, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([50, 95, 99, 100])
  expect(percentile([7], 95)).toBe(7)
  expect(percentile([1, 2, 3], 0)).toBe(1)
})

describe('an exponent', () => {
  const sizes = [10, 100, 1_000, 10_000]
  const points = (value: (size: number) => number): Point[] => sizes.map((size) => ({ size, value: value(size) }))

  const shapes: readonly (readonly [string, (size: number) => number, number])[] = [
    ['what takes as long whatever the size', () => 7, 0],
    ['what takes longer as the size grows', (size) => 3 * size, 1],
    ['what compares each with each', (size) => size ** 2 / 50, 2],
    ['a square root', (size) => Math.sqrt(size), 0.5],
  ]
  test.each(shapes)('of %s is found', (_, value, expected) => {
    expect(exponentOf(points(value))).toBeCloseTo(expected, 10)
  })

  test('of something linear with a large constant is below 1 over all, and near it at the end', () => {
    const all = points((size) => 50 + size / 10)
    expect(exponentOf(all)).toBeLessThan(0.6)
    expect(exponentOf(all.slice(-2))).toBeGreaterThan(0.8)
  })

  test('needs two sizes, and values above 0', () => {
    expect(() => exponentOf([{ size: 10, value: 1 }])).toThrow('two sizes')
    expect(() =>
      exponentOf([
        { size: 10, value: 1 },
        { size: 10, value: 2 },
      ]),
    ).toThrow('two sizes')
    expect(() =>
      exponentOf([
        { size: 10, value: 0 },
        { size: 20, value: 2 },
      ]),
    ).toThrow('above 0')
  })
})
