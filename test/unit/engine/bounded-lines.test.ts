import { describe, expect, it } from 'vitest'
import { boundedLines } from '../../../shared/engine/bounded-lines.ts'

async function split(chunks: string[], maxBytes = 100) {
  const source = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk)
  })()
  return Array.fromAsync(boundedLines(source, maxBytes))
}

describe('bounded lines', () => {
  it.each<[string, string[], string[]]>([
    ['one chunk', ['a\nb\n'], ['a', 'b']],
    ['a last line without an end', ['a\nb'], ['a', 'b']],
    ['lines over several chunks', ['a', 'b\nc', '', 'd\n'], ['ab', 'cd']],
    ['empty lines', ['\n\na\n'], ['', '', 'a']],
    ['carriage returns', ['a\r', '\nb\r\n'], ['a', 'b']],
    ['nothing', [], []],
  ])('splits %s', async (_what, chunks, texts) => {
    expect(await split(chunks)).toEqual(texts.map((text) => ({ text, cut: false })))
  })

  it('keeps characters whole that two chunks share', async () => {
    const bytes = Buffer.from('für\n')
    const source = (async function* () {
      yield bytes.subarray(0, 2)
      yield bytes.subarray(2)
    })()
    expect(await Array.fromAsync(boundedLines(source, 100))).toEqual([{ text: 'für', cut: false }])
  })

  it('cuts a long line and goes on with the next', async () => {
    expect(await split(['12345', '678', '9\nok\n'], 6)).toEqual([
      { text: '123456', cut: true },
      { text: 'ok', cut: false },
    ])
    expect(await split(['123456\n'], 6)).toEqual([{ text: '123456', cut: false }])
  })
})
