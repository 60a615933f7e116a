/** An archive of template files: read and checked by the rules of `[CreateStack]`, each refusal with its own code. */
import { openZip, type ZipArchive, type ZipEntry, ZipTooLarge, ZipUnreadable } from '../archive/zip.ts'
import { RfsError } from '../contract/errors.ts'
import type { TemplateFile } from '../engine/protocol.ts'
import { clashingPath, pathProblem } from './archive-paths.ts'
import { maxTemplateBytes } from './limits.ts'
import { fileOf } from './template-files.ts'

const maxFiles = 100
/** Any archive begins with a file, or, when it has none, with its end. */
const beginnings: readonly number[] = [0x04034b50, 0x06054b50]

/** The files of an archive in the order of its directory; folders are none. @throws RfsError */
export async function archiveFiles(archive: Buffer): Promise<TemplateFile[]> {
  if (archive.length > maxTemplateBytes) {
    throw new RfsError('ArchiveTooLarge', `The archive has more than ${maxTemplateBytes} bytes.`)
  }
  if (archive.length < 4 || !beginnings.includes(archive.readUInt32LE())) {
    throw new RfsError('FileUnlikeExtension', 'The file ends in .zip but is no zip archive.')
  }
  try {
    return await checkedFiles(await openZip(archive))
  } catch (error) {
    if (error instanceof ZipTooLarge) {
      throw new RfsError(
        'ArchiveFilesTooLarge',
        `The files have, unpacked, more than ${maxTemplateBytes} bytes together.`,
      )
    }
    if (!(error instanceof ZipUnreadable)) throw error
    throw new RfsError('ArchiveUnreadable', `The zip archive cannot be used: ${error.message}.`, { cause: error })
  }
}

async function checkedFiles(archive: ZipArchive): Promise<TemplateFile[]> {
  const files = await listedFiles(archive)
  if (!files.some(({ name }) => isRootTemplate(name))) {
    throw new RfsError(
      'ArchiveWithoutTemplate',
      'Put a file that ends in .tf or .tf.json into the root of the archive.',
    )
  }
  const contents = await archive.unpack(files, maxTemplateBytes)
  return files.map(({ name }, at) => fileOf(name, contents[at] ?? Buffer.alloc(0)))
}

/** The files that an archive lists, their paths and number checked. */
async function listedFiles(archive: ZipArchive): Promise<ZipEntry[]> {
  const files: ZipEntry[] = []
  const folders: string[] = []
  for await (const entry of archive.entries()) {
    const path = entry.kind === 'folder' ? entry.name.replace(/\/$/, '') : entry.name
    const problem = pathProblem(path)
    if (problem) throw new RfsError(problem.error, problem.detail)
    if (entry.kind === 'link' || entry.kind === 'special') {
      throw new RfsError(
        'ArchivePathOutside',
        `${JSON.stringify(path)} is a link or a device; put in plain files only.`,
      )
    }
    if (entry.kind === 'folder') folders.push(path)
    else files.push(entry)
    if (files.length > maxFiles) throw new RfsError('ArchiveFilesTooMany', `An archive may have ${maxFiles} files.`)
  }
  const clash = clashingPath(
    files.map(({ name }) => name),
    folders,
  )
  if (clash !== undefined) {
    throw new RfsError('ArchiveUnreadable', `${JSON.stringify(clash)} is in the archive twice.`)
  }
  return files
}

/** The engine ignores files whose names begin with a dot. */
function isRootTemplate(path: string): boolean {
  return /^[^./][^/]*\.tf(\.json)?$/.test(path)
}
