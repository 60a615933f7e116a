/** Random numbers that a seed decides. Streams of one seed are independent: drawing from one never moves another. */

export interface Random {
  /** From 0 to below 1. */
  next(): number
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  chance(probability: number): boolean
  /** @throws Error for an empty list */
  pick<Entry>(list: readonly Entry[]): Entry
}

/** A 32-bit hash of a text (FNV-1a, then mixed). */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

/** The generator sfc32 (PractRand), which passes its tests and needs four words of state. */
function sfc32(seed: number, stream: string): () => number {
  let [a, b, c, counter] = ['a', 'b', 'c'].map((part) => hash(`${part} ${seed} ${stream}`)).concat(1) as [
    number,
    number,
    number,
    number,
  ]
  const draw = () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 2 ** 32
  }
  for (let warm = 0; warm < 12; warm += 1) draw()
  return draw
}

export function seededRandom(seed: number, stream: string): Random {
  const next = sfc32(seed, stream)
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (probability) => next() < probability,
    pick: (list) => {
      if (list.length === 0) throw new Error('there is nothing to pick from')
      return list[below(list.length)] as (typeof list)[number]
    },
  }
}
