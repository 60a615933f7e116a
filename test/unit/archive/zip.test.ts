import { describe, expect, test } from 'vitest'
import { openZip, ZipTooLarge, ZipUnreadable } from '../../../shared/archive/zip.ts'
import { type BuiltFile, buildZip } from '../../support/zip-builder.ts'

const files = { plan: 'text '.repeat(100), 'für/x.tf': '', last: 'z' }
const limit = 10_000
const built = (contents: Readonly<Record<string, string>>, method = 8) =>
  Object.entries(contents).map(([name, content]) => ({ name, content, method }))

async function read(archive: Buffer, maxBytes = limit): Promise<Record<string, string>> {
  const opened = await openZip(archive)
  const entries = (await Array.fromAsync(opened.entries())).filter(({ kind }) => kind === 'file')
  const contents = await opened.unpack(entries, maxBytes)
  return Object.fromEntries(entries.map(({ name }, at) => [name, contents[at]!.toString()]))
}

describe('a zip archive', () => {
  test.each([
    ['deflated', 8],
    ['stored', 0],
  ])('gives its files, %s', async (_what, method) => {
    expect(await read(buildZip(built(files, method)))).toEqual(files)
  })

  test('may have a comment, and may be empty', async () => {
    expect(await read(buildZip(built(files), { comment: 'a comment' }))).toEqual(files)
    expect(await read(buildZip([]))).toEqual({})
  })

  test('tells files, folders, links and devices apart', async () => {
    const entries = [
      { name: 'a', mode: 0 },
      { name: 'b/' },
      { name: 'c', mode: 0o40755 },
      { name: 'd', mode: 0o120777 },
      { name: 'e', mode: 0o20666 },
      { name: 'f/', mode: 0o120777 },
    ]
    const opened = await openZip(buildZip(entries))
    const kinds = (await Array.fromAsync(opened.entries())).map(({ kind }) => kind)
    expect(kinds).toEqual(['file', 'folder', 'folder', 'link', 'special', 'link'])
  })

  test('is refused with any one byte of its contents changed', async () => {
    const whole = buildZip(built({ plan: 'text '.repeat(20) }))
    const directoryAt = whole.indexOf(Buffer.from('PK\x01\x02'))
    for (let at = 30 + 4; at < directoryAt; at += 1) {
      const damaged = Buffer.from(whole)
      damaged[at] = damaged[at]! ^ 0x55
      await expect(read(damaged)).rejects.toThrow(ZipUnreadable)
    }
  })

  test('is refused when its end is missing, in whatever place it was cut', async () => {
    const whole = buildZip(built(files))
    for (let length = 0; length < whole.length; length += 1) {
      await expect(read(whole.subarray(0, length))).rejects.toThrow(ZipUnreadable)
    }
  })

  test('is refused when it is larger than allowed, whatever it says itself', async () => {
    await expect(read(buildZip(built(files)), 500)).rejects.toThrow(ZipTooLarge)
    const bomb = (unpackedBytes: number) =>
      buildZip([{ name: 'bomb', content: Buffer.alloc(50_000_000), unpackedBytes }])
    for (const says of [0, 10, limit, 50_000_000, 0xfffffffe]) {
      await expect(read(bomb(says))).rejects.toThrow(ZipTooLarge)
    }
    await expect(read(buildZip(built({ plan: 'x'.repeat(limit + 1) }, 0)))).rejects.toThrow(ZipTooLarge)
    await expect(read(buildZip([{ name: 'a', content: 'x', unpackedBytes: 2 }]))).rejects.toThrow(ZipUnreadable)
  })

  test.each<[string, readonly BuiltFile[]]>([
    ['with an unknown method', [{ name: 'a', content: 'x', method: 12 }]],
    ['with an encrypted file', [{ name: 'a', content: 'x', flags: 1 }]],
    ['with a file that is strongly encrypted', [{ name: 'a', content: 'x', flags: 0x41 }]],
    ['with a wrong checksum', [{ name: 'a', content: 'x', checksum: 1 }]],
    ['with a file that has two names', [{ name: 'a', localName: 'b', content: 'x' }]],
    ['with a file beyond its end', [{ name: 'a', content: 'x', packedBytes: 10_000 }]],
    ['with a file that begins nowhere', [{ name: 'a', content: 'x', localAt: 5 }]],
    [
      'with two files at one place',
      [
        { name: 'a', content: 'x' },
        { name: 'a', content: 'x', localAt: 0 },
      ],
    ],
    [
      'with a file inside another one',
      [
        { name: 'a', method: 0, content: buildZip([{ name: 'b', content: 'x' }]) },
        { name: 'b', content: 'x', localAt: 31 },
      ],
    ],
  ])('is refused %s', async (_what, entries) => {
    await expect(read(buildZip(entries))).rejects.toThrow(ZipUnreadable)
  })

  test('is refused when it is no archive, or has fewer files than it says', async () => {
    for (const bytes of ['', 'PK', 'garbage'.repeat(50)]) await expect(read(Buffer.from(bytes))).rejects.toThrow()
    await expect(read(buildZip(built(files), { count: 4 }))).rejects.toThrow(ZipUnreadable)
  })

  test('as Info-ZIP 3.0 makes it is read as well: lengths after the data, a folder, a name in UTF-8 that does not say so', async () => {
    const archive = Buffer.from(
      'UEsDBBQACAAIAAAAIVgAAAAAAAAAABEAAAAHAAAAbWFpbi50ZsvJT07MKVaoVkhUsFUwVKjlAgBQSwcIb7M2txMAAAARAAAAUEsDBAoAAAAAAAAA' +
        'IVgAAAAAAAAAAAAAAAAEAAAAbW9kL1BLAwQUAAgACAAAACFYAAAAAAAAAABjAAAADgAAAG1vZC9ncsO2w59lLnRmU1bIzU8pzUnVUcjJz0tXSM3L' +
        'L03PUCjJV0hKVUhJTctJLElNsVKooABwAQBQSwcIuZRRQywAAABjAAAAUEsBAh4DFAAIAAgAAAAhWG+zNrcTAAAAEQAAAAcAAAAAAAAAAQAAAKSB' +
        'AAAAAG1haW4udGZQSwECHgMKAAAAAAAAACFYAAAAAAAAAAAAAAAABAAAAAAAAAAAABAA7UFIAAAAbW9kL1BLAQIeAxQACAAIAAAAIVi5lFFDLAAA' +
        'AGMAAAAOAAAAAAAAAAEAAACkgWoAAABtb2QvZ3LDtsOfZS50ZlBLBQYAAAAAAwADAKMAAADSAAAAAAA=',
      'base64',
    )
    const unpacked = await read(archive)
    expect(Object.keys(unpacked)).toEqual(['main.tf', 'mod/größe.tf'])
    expect(unpacked['main.tf']).toBe('locals { a = 1 }\n')
  })
})
