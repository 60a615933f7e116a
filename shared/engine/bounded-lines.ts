/**
 * Splits a byte stream into lines without ever holding more than one bounded line, whatever the other side writes.
 */

export interface BoundedLine {
  readonly text: string
  /** The line was longer than the limit; `text` is its beginning. */
  readonly cut: boolean
}

/** The lines of `chunks`, without their ends (`\n` or `\r\n`), each at most `maxBytes` long. */
export async function* boundedLines(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<BoundedLine> {
  let held: Buffer[] = []
  let heldBytes = 0
  let cut = false
  const hold = (part: Buffer) => {
    const room = maxBytes - heldBytes
    if (part.length > room) cut = true
    const kept = part.subarray(0, room)
    if (kept.length === 0) return
    held.push(kept)
    heldBytes += kept.length
  }
  const release = (): BoundedLine => {
    const text = (held.length === 1 ? held[0]! : Buffer.concat(held)).toString('utf8')
    const line = { text: text.endsWith('\r') ? text.slice(0, -1) : text, cut }
    held = []
    heldBytes = 0
    cut = false
    return line
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      hold(chunk.subarray(start, end))
      yield release()
      start = end + 1
    }
    if (start < chunk.length) hold(chunk.subarray(start))
  }
  if (heldBytes > 0 || cut) yield release()
}
