import { crc32, deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { zipEntries } from '../../../shared/engine/zip-entries.ts'

/** An archive as the engine writes it: lengths in the directory only. */
function archive(files: Readonly<Record<string, string>>, method = 8, comment = ''): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text)
    const packed = method === 8 ? deflateRawSync(content) : content
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(Buffer.byteLength(name), 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(method, 10)
    entry.writeUInt32LE(crc32(content), 16)
    entry.writeUInt32LE(packed.length, 20)
    entry.writeUInt32LE(content.length, 24)
    entry.writeUInt16LE(Buffer.byteLength(name), 28)
    entry.writeUInt32LE(at, 42)
    parts.push(local, Buffer.from(name), packed)
    directory.push(entry, Buffer.from(name))
    at += 30 + Buffer.byteLength(name) + packed.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)])
}

const files = { plan: 'text '.repeat(100), 'für/x.tf': '', last: 'z' }
const limit = 10_000

describe('a zip archive', () => {
  it.each([
    ['deflated', 8],
    ['stored', 0],
  ])('gives its files, %s', (_what, method) => {
    const entries = zipEntries(archive(files, method), limit)
    expect(Object.fromEntries([...entries].map(([name, content]) => [name, content.toString()]))).toEqual(files)
  })

  it('may have a comment, and may be empty', () => {
    expect(zipEntries(archive(files, 8, 'a comment'), limit).size).toBe(3)
    expect(zipEntries(archive({}), limit).size).toBe(0)
  })

  it('is refused with any one byte of its contents changed', () => {
    const whole = archive({ plan: 'text '.repeat(20) })
    const dataAt = 30 + 4
    const directoryAt = whole.indexOf(Buffer.from('PK\x01\x02'))
    for (let at = dataAt; at < directoryAt; at += 1) {
      const damaged = Buffer.from(whole)
      damaged[at] = damaged[at]! ^ 0x55
      expect(() => zipEntries(damaged, limit)).toThrow()
    }
  })

  it('is refused when its end is missing, in whatever place it was cut', () => {
    const whole = archive(files)
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => zipEntries(whole.subarray(0, length), limit)).toThrow()
    }
  })

  it('is refused when it is larger than allowed, by its own word or in fact', () => {
    expect(() => zipEntries(archive(files), 500)).toThrow('too large')
    const lying = archive({ plan: 'x'.repeat(5_000) })
    lying.writeUInt32LE(10, lying.indexOf(Buffer.from('PK\x01\x02')) + 24)
    expect(() => zipEntries(lying, limit)).toThrow()
  })

  it('is refused with an unknown method, encryption, or no archive at all', () => {
    expect(() => zipEntries(archive({ plan: 'x' }, 12), limit)).toThrow('unknown method 12')
    const encrypted = archive({ plan: 'x' })
    encrypted.writeUInt16LE(1, encrypted.indexOf(Buffer.from('PK\x01\x02')) + 8)
    expect(() => zipEntries(encrypted, limit)).toThrow('cannot be read')
    expect(() => zipEntries(Buffer.from('garbage'.repeat(50)), limit)).toThrow('not a zip archive')
  })
})
