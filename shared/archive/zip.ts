/**
 * Reads zip archives that are in memory: what their directory says, and the files' bytes. A library reads the structure;
 * nothing that an archive says about lengths is believed, and every file is checked against its checksum.
 */
import { isUtf8 } from 'node:buffer'
import { crc32, inflateRawSync } from 'node:zlib'
import { type Entry, fromBufferPromise, getFileNameLowLevel, type LocalFileHeader, type ZipFile } from 'yauzl'

/** The archive is damaged, encrypted, or made in a way that is not read here. */
export class ZipUnreadable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ZipUnreadable'
  }
}

/** The files of an archive are, unpacked, longer than allowed. */
export class ZipTooLarge extends Error {
  constructor() {
    super('the files of the archive are too large')
    this.name = 'ZipTooLarge'
  }
}

export interface ZipEntry {
  /** As the directory has it: any text, with `/` at the end of a folder's. */
  readonly name: string
  /** By the name and by the mode that Unix tools keep. */
  readonly kind: 'file' | 'folder' | 'link' | 'special'
  /** What `unpack` needs; for no one else. */
  readonly source: Entry
}

const stored = 0
const deflated = 8
const typeMask = 0o170000
const kinds = new Map<number, ZipEntry['kind']>([
  [0, 'file'],
  [0o100000, 'file'],
  [0o040000, 'folder'],
  [0o120000, 'link'],
])

function kindOf(name: string, { externalFileAttributes }: Entry): ZipEntry['kind'] {
  const kind = kinds.get((externalFileAttributes >>> 16) & typeMask) ?? 'special'
  return kind === 'file' && name.endsWith('/') ? 'folder' : kind
}

async function reading<Result>(read: Promise<Result>): Promise<Result> {
  try {
    return await read
  } catch (cause) {
    throw new ZipUnreadable('the archive is damaged', { cause })
  }
}

export interface ZipArchive {
  /** The entries in the order of the directory, one at a time. @throws ZipUnreadable */
  entries(): AsyncGenerator<ZipEntry>
  /**
   * The bytes of files, in their order.
   * @param maxBytes of all of them together.
   * @throws ZipUnreadable also for files that share bytes; ZipTooLarge
   */
  unpack(files: readonly ZipEntry[], maxBytes: number): Promise<Buffer[]>
}

/** @throws ZipUnreadable */
export async function openZip(archive: Buffer): Promise<ZipArchive> {
  const zip = await reading(fromBufferPromise(archive, { decodeStrings: false }))
  return {
    entries: () => entriesOf(zip),
    unpack: async (files, maxBytes) => {
      const places = await Promise.all(files.map((file) => placeOf(zip, file)))
      refuseShared(places)
      let leftBytes = maxBytes
      return places.map((place) => {
        const content = unpackOne(archive.subarray(place.dataStart, place.end), place.entry, leftBytes)
        leftBytes -= content.length
        return content
      })
    },
  }
}

/** Info-ZIP's field for a name in Unicode. */
const unicodePath = 0x7075

/** Tools of Unix write UTF-8 and do not say so; to take it for code page 437, as the format has it, helps nobody. */
function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  const isPlain = !extraFields.some(({ id }) => id === unicodePath)
  return isPlain && isUtf8(fileNameRaw)
    ? fileNameRaw.toString('utf8')
    : getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true)
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<ZipEntry> {
  const all = zip.eachEntry()
  for (;;) {
    const next = await reading(all.next())
    if (next.done) return
    const source = next.value
    const name = nameOf(source)
    yield { name, kind: kindOf(name, source), source }
  }
}

interface Place {
  readonly entry: Entry
  readonly start: number
  readonly dataStart: number
  readonly end: number
}

async function placeOf(zip: ZipFile, { source: entry }: ZipEntry): Promise<Place> {
  const local: LocalFileHeader = await reading(zip.readLocalFileHeaderPromise(entry))
  // A reader that goes by these headers must not see other files than one that goes by the directory.
  if (!local.fileName.equals(entry.fileNameRaw)) throw new ZipUnreadable('a file has two names')
  const start = entry.relativeOffsetOfLocalHeader
  return { entry, start, dataStart: local.fileDataStart, end: local.fileDataStart + entry.compressedSize }
}

function refuseShared(places: readonly Place[]): void {
  const sorted = places.toSorted((a, b) => a.start - b.start)
  if (sorted.some(({ start }, at) => start < (sorted[at - 1]?.end ?? 0))) throw new ZipUnreadable('files share bytes')
}

function unpackOne(packed: Buffer, entry: Entry, maxBytes: number): Buffer {
  if (entry.isEncrypted()) throw new ZipUnreadable('a file is encrypted')
  const content = contentOf(packed, entry.compressionMethod, maxBytes)
  if (content.length > maxBytes) throw new ZipTooLarge()
  if (content.length !== entry.uncompressedSize || crc32(content) !== entry.crc32) {
    throw new ZipUnreadable('a file is damaged')
  }
  return content
}

function contentOf(packed: Buffer, method: number, maxBytes: number): Buffer {
  if (method === stored) return packed
  if (method !== deflated) throw new ZipUnreadable(`a file has the unknown method ${method}`)
  try {
    return inflateRawSync(packed, { maxOutputLength: maxBytes + 1 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new ZipTooLarge()
    throw new ZipUnreadable('a file is damaged', { cause })
  }
}
