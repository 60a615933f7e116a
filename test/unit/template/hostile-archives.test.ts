/** A thousand archives that lie, share bytes, swell or are merely broken: each is read by the rules, or refused by one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorEntry, RfsError } from '../../../shared/contract/errors.ts'
import { pathProblem } from '../../../shared/template/archive-paths.ts'
import { openTemplateIntake } from '../../../shared/template/intake.ts'
import { type BuiltFile, buildZip } from '../../support/zip-builder.ts'

const limit = 1024 * 1024
const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('main.tf', 'a.tf.json', 'm/main.tf', 'm/n/x.txt', 'b.tofu', '.hidden.tf', 'm/'),
  },
  fc.constantFrom(
    '../x.tf',
    '/etc/x',
    'a//b',
    './a',
    'a/..',
    '',
    '/',
    '..',
    'C:\\x',
    'a\\b',
    'x.tfvars',
    'main.tf/',
    'main.tf/x',
  ),
  fc.constantFrom(
    'n'.repeat(300),
    `${'d/'.repeat(1100)}x`,
    'a\0b',
    'a\nb',
    'Main.tf',
    'main.tf.',
    'CON',
    '．．/x',
    'ä.tf',
    '__proto__',
    'constructor',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const content = fc.oneof(
  fc.constantFrom<string | Buffer>(
    'locals {}',
    '{"locals":{}}',
    'import {\n  to = a.b\n  id = "x"\n}\n',
    '',
    '\ufeff{}',
    '{',
    'module "m" {\n source = "./m"\n}\n',
  ),
  fc.constantFrom(
    Buffer.alloc(400_000),
    Buffer.alloc(1_200_000, 'a'),
    Buffer.from([0xff, 0xfe, 0]),
    Buffer.from('PK\x03\x04'),
  ),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
)
const lie = fc.constantFrom(0, 1, 100, 0xffff, 0x7fffffff, 0xfffffffe, 0xffffffff)
const file: fc.Arbitrary<BuiltFile> = fc.record(
  {
    name,
    content,
    method: fc.constantFrom(8, 8, 8, 0, 0, 9, 12, 99),
    mode: fc.constantFrom(0o100644, 0o100644, 0, 0o40755, 0o120777, 0o20666),
    flags: fc.constantFrom(0x800, 0x800, 0, 8, 1, 0x41),
    localName: name,
    unpackedBytes: lie,
    packedBytes: lie,
    checksum: lie,
    localAt: fc.oneof(lie, fc.nat(200)),
    packed: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  },
  { requiredKeys: ['name'] },
)
/** Mostly honest files: an archive with a lie in every place is refused for the first one. */
const honest = fc.record({ name, content }, { requiredKeys: ['name'] })
const others = fc.array(fc.oneof({ weight: 3, arbitrary: honest }, { weight: 1, arbitrary: file }), { maxLength: 5 })
const root = fc.constantFrom<readonly BuiltFile[]>([], [{ name: 'main.tf', content: 'locals {}' }])
const files = fc.tuple(root, others).map(([first, more]) => [...first, ...more])

type Mutation = (archive: Buffer) => Buffer
const flip = fc.tuple(fc.nat(), fc.nat(255)).map(
  ([at, bits]): Mutation =>
    (archive) => {
      const changed = Buffer.from(archive)
      if (changed.length > 0) changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ bits
      return changed
    },
)
const cut = fc.nat().map(
  (at): Mutation =>
    (archive) =>
      archive.subarray(0, at % (archive.length + 1)),
)
const repeat = fc.tuple(fc.nat(), fc.nat()).map(
  ([from, to]): Mutation =>
    (archive) => {
      const [start, end] = [from % (archive.length + 1), to % (archive.length + 1)].sort((a, b) => a - b)
      return Buffer.concat([archive, archive.subarray(start, end)])
    },
)
const number = fc.tuple(fc.nat(), lie).map(
  ([at, value]): Mutation =>
    (archive) => {
      const changed = Buffer.from(archive)
      if (changed.length >= 4) changed.writeUInt32LE(value, at % (changed.length - 3))
      return changed
    },
)
const twice = fc.constant<Mutation>((archive) => Buffer.concat([archive, archive]))
/** The fields of the end, where the directory is found. */
const end = fc.tuple(fc.nat(17), lie).map(
  ([at, value]): Mutation =>
    (archive) => {
      const changed = Buffer.from(archive)
      if (changed.length >= 22) changed.writeUInt32LE(value, changed.length - 22 + at)
      return changed
    },
)
const mutations = fc.array(fc.oneof(flip, cut, repeat, number, twice, end), { maxLength: 3 })

const address = 'https://files.example/a.zip'
const intakeOf = (archive: Buffer) =>
  openTemplateIntake({
    profile: 'hosted',
    fetcher: { fetch: async () => ({ outcome: 'fetched', base64: archive.toString('base64') }) },
  })

test('a thousand hostile archives crash nothing and leave nothing unchecked', async () => {
  const ends = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(files, mutations, fc.boolean(), async (given, changes, changed) => {
      const archive = (changed ? changes : []).reduce((bytes, change) => change(bytes), buildZip(given))
      const read = await intakeOf(archive)
        .readTemplate({ template_uri: address }, 'p')
        .catch((error: unknown) => (error instanceof RfsError ? error.errorName : Promise.reject(error)))
      if (typeof read !== 'object') {
        const code = errorEntry(read ?? 'Internal').code
        expect(code).toMatch(/^RF\.10011/)
        ends.set(code, (ends.get(code) ?? 0) + 1)
        return
      }
      ends.set('read', (ends.get('read') ?? 0) + 1)
      const paths = read.files.map(({ path }) => path)
      expect(paths.filter((path) => pathProblem(path) !== undefined)).toEqual([])
      expect(new Set(paths).size).toBe(paths.length)
      expect(paths.some((path) => /^[^./][^/]*\.tf(\.json)?$/.test(path))).toBe(true)
      expect(paths.some((path) => paths.some((other) => other.startsWith(`${path}/`)))).toBe(false)
      const bytes = read.files.reduce((sum, { content, encoding }) => sum + Buffer.from(content, encoding).length, 0)
      expect(bytes).toBeLessThanOrEqual(limit)
      expect(read.template.content).toEqual(archive)
    }),
    // The same ones each time: what fails is a change's, and no chance.
    { numRuns: 1000, seed: Number(process.env.FUZZ_SEED ?? 1) },
  )
  // The thousand are spread over what can be wrong, and over what is right.
  expect([...ends.keys()].length, JSON.stringify([...ends])).toBeGreaterThan(10)
  expect(ends.get('read')).toBeGreaterThan(20)
}, 60_000)
