/** Reads a zip archive that is in memory. Source: PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16. */
import { crc32, inflateRawSync } from 'node:zlib'

const endSignature = 0x06054b50
const entrySignature = 0x02014b50
const localSignature = 0x04034b50
const endBytes = 22
const longestCommentBytes = 0xffff

/**
 * The files of an archive by name, each one complete: length and checksum are verified.
 * @param maxBytes limit of all files together, unpacked.
 * @throws Error when the bytes are no zip archive, are damaged, encrypted, too large or in a method other than stored and
 * deflated.
 */
export function zipEntries(archive: Buffer, maxBytes: number): Map<string, Buffer> {
  const end = findEnd(archive)
  const count = archive.readUInt16LE(end + 10)
  const entries = new Map<string, Buffer>()
  let leftBytes = maxBytes
  let at = archive.readUInt32LE(end + 16)
  for (let index = 0; index < count; index += 1) {
    if (archive.readUInt32LE(at) !== entrySignature) throw new Error('not a zip archive: its directory is damaged')
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset))
    const name = archive.toString('utf8', at + 46, at + 46 + nameBytes!)
    const content = readEntry(archive, at, leftBytes)
    leftBytes -= content.length
    entries.set(name, content)
    at += 46 + nameBytes! + extraBytes! + commentBytes!
  }
  return entries
}

function findEnd(archive: Buffer): number {
  const first = Math.max(0, archive.length - endBytes - longestCommentBytes)
  for (let at = archive.length - endBytes; at >= first; at -= 1) {
    if (archive.readUInt32LE(at) === endSignature) return at
  }
  throw new Error('not a zip archive')
}

function readEntry(archive: Buffer, entryAt: number, maxBytes: number): Buffer {
  const flags = archive.readUInt16LE(entryAt + 8)
  const method = archive.readUInt16LE(entryAt + 10)
  const checksum = archive.readUInt32LE(entryAt + 16)
  const packedBytes = archive.readUInt32LE(entryAt + 20)
  const unpackedBytes = archive.readUInt32LE(entryAt + 24)
  const localAt = archive.readUInt32LE(entryAt + 42)
  if (unpackedBytes > maxBytes) throw new Error('a zip archive is too large')
  if (flags & 1 || archive.readUInt32LE(localAt) !== localSignature) throw new Error('a zip entry cannot be read')
  const dataAt = localAt + 30 + archive.readUInt16LE(localAt + 26) + archive.readUInt16LE(localAt + 28)
  const packed = archive.subarray(dataAt, dataAt + packedBytes)
  const content = unpack(packed, method, unpackedBytes)
  if (content.length !== unpackedBytes || crc32(content) !== checksum) throw new Error('a zip entry is damaged')
  return content
}

function unpack(packed: Buffer, method: number, unpackedBytes: number): Buffer {
  if (method === 0) return packed
  if (method !== 8) throw new Error(`a zip entry has the unknown method ${method}`)
  return inflateRawSync(packed, { maxOutputLength: Math.max(1, unpackedBytes) })
}
