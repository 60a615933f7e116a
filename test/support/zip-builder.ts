/** Zip archives byte by byte, so that each field can lie. Source: PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface BuiltFile {
  readonly name: string | Buffer
  readonly content?: string | Buffer
  /** 8: deflated (the default); 0: stored; others only claim to be. */
  readonly method?: number
  /** What Unix tools keep: `0o120777` is a link. */
  readonly mode?: number
  /** 0x800: the name is UTF-8 (the default); 1: encrypted. */
  readonly flags?: number
  /** What the file's own header says its name is. */
  readonly localName?: string | Buffer
  /** What the directory says, whatever is true. */
  readonly unpackedBytes?: number
  readonly packedBytes?: number
  readonly checksum?: number
  readonly localAt?: number
  /** Bytes in place of the packed content. */
  readonly packed?: Buffer
}

function localHeader(method: number, flags: number, name: Buffer): Buffer {
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(20, 4)
  local.writeUInt16LE(flags, 6)
  local.writeUInt16LE(method, 8)
  local.writeUInt16LE(name.length, 26)
  return local
}

/** An archive as the engine writes it: lengths and checksums are in the directory only. */
export function buildZip(files: readonly BuiltFile[], { comment = '', count = files.length } = {}): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const file of files) {
    const { method = 8, mode = 0o100644, flags = 0x800 } = file
    const name = Buffer.from(file.name)
    const localName = Buffer.from(file.localName ?? file.name)
    const content = Buffer.from(file.content ?? '')
    const packed = file.packed ?? (method === 8 ? deflateRawSync(content) : content)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE((3 << 8) | 20, 4)
    entry.writeUInt16LE(flags, 8)
    entry.writeUInt16LE(method, 10)
    entry.writeUInt32LE(file.checksum ?? crc32(content), 16)
    entry.writeUInt32LE(file.packedBytes ?? packed.length, 20)
    entry.writeUInt32LE(file.unpackedBytes ?? content.length, 24)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(((mode << 16) >>> 0) >>> 0, 38)
    entry.writeUInt32LE(file.localAt ?? at, 42)
    const local = localHeader(method, flags, localName)
    parts.push(local, localName, packed)
    directory.push(entry, name)
    at += local.length + localName.length + packed.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(
    directory.reduce((sum, each) => sum + each.length, 0),
    12,
  )
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(Buffer.byteLength(comment), 20)
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)])
}

/** An archive of plain files by their paths. */
export function zipOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  return buildZip(Object.entries(files).map(([name, content]) => ({ name, content })))
}
