/**
 * Sources -> one folder per function, ready to be its code: `index.mjs`, the chunks it needs and the files these read.
 *
 * One esbuild call makes all of them, so that code which several functions use is cut once and `import()` stays a chunk of
 * its own that a function loads on first use. Each folder then gets the chunks that its own entry reaches, and no others.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { type BuildResult, build, formatMessages, type Metafile, type Plugin } from 'esbuild'
import { operations } from '../shared/contract/index.ts'

export interface BundledFunction {
  /** Operation id, or the name of the job function. */
  readonly name: string
  /** Absolute path; the handler is `index.handler`. */
  readonly folder: string
  readonly bytes: {
    /** What Node reads before the handler can run: the entry and everything it imports statically. */
    readonly startup: number
    /** Chunks that are loaded on first use. */
    readonly lazy: number
    /** Files that are not JavaScript, such as WebAssembly. */
    readonly assets: number
  }
}

/** Functions that no route leads to; sources in `functions/jobs/`. */
export const jobNames = ['worker', 'runner', 'fetcher', 'sweeper', 'dead-letter'] as const
export type JobName = (typeof jobNames)[number]

const root = resolve(import.meta.dirname, '..')

/** Packages that came as CommonJS still call `require` for Node's own modules. */
const requireBanner = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);"

/** `import.meta.resolve` of a package's WebAssembly file: a bundle has no packages, there the file lies beside the chunk. */
const wasmBesideTheChunk: Plugin = {
  name: 'wasm-beside-the-chunk',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]shared[\\/].*\.ts$/ }, async ({ path }) => {
      const imports: string[] = []
      const source = await readFile(path, 'utf8')
      const contents = source.replaceAll(/import\.meta\.resolve\(('[^']+\.wasm')\)/g, (_, specifier: string) => {
        const name = `wasmFile${imports.length}`
        imports.push(`import ${name} from ${specifier}`)
        return `new URL(${name}, import.meta.url)`
      })
      return imports.length > 0 ? { contents: `${imports.join('\n')}\n${contents}`, loader: 'ts' } : undefined
    })
  },
}

type Built = BuildResult<{ metafile: true; write: false }>

function buildAll(entries: Readonly<Record<string, string>>, outDir: string): Promise<Built> {
  return build({
    absWorkingDir: root,
    entryPoints: { ...entries },
    outdir: outDir,
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    sourcemap: false,
    legalComments: 'none',
    charset: 'utf8',
    // A failure is thrown with all its messages; warnings are printed by the caller.
    logLevel: 'silent',
    // The ES modules of the SDK can be shaken, their CommonJS twins cannot.
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': join(root, 'shared/aws/credentials.ts') },
    banner: { js: requireBanner },
    loader: { '.wasm': 'file' },
    plugins: [wasmBesideTheChunk],
    // Flat, so that a chunk's relative imports hold in every folder it is copied to.
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    assetNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
  })
}

/** Names of the outputs that `from` reaches over imports of the given kinds, `from` included. */
function reach(outputs: Metafile['outputs'], from: Iterable<string>, follow: (kind: string) => boolean): Set<string> {
  const reached = new Set(from)
  for (const path of reached) {
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (!external && follow(kind)) reached.add(next)
    }
  }
  return reached
}

interface Parts {
  readonly startup: readonly string[]
  readonly lazy: readonly string[]
  readonly assets: readonly string[]
}

function partsOf(outputs: Metafile['outputs'], entry: string): Parts {
  const startup = reach(outputs, [entry], (kind) => kind === 'import-statement')
  const all = reach(outputs, startup, () => true)
  const isCode = (path: string) => path.endsWith('.mjs')
  return {
    startup: [...startup].filter(isCode),
    lazy: [...all].filter((path) => isCode(path) && !startup.has(path)),
    assets: [...all].filter((path) => !isCode(path)),
  }
}

async function assemble(folder: string, entry: string, parts: Parts, built: Built): Promise<void> {
  const contents = new Map(built.outputFiles.map((file) => [basename(file.path), file.contents]))
  await mkdir(folder, { recursive: true })
  for (const path of [...parts.startup, ...parts.lazy, ...parts.assets]) {
    const content = contents.get(basename(path))
    if (!content) throw new Error(`esbuild names ${path} and did not make it`)
    await writeFile(join(folder, path === entry ? 'index.mjs' : basename(path)), content)
  }
}

/**
 * Bundles the given functions.
 * @param entries function name -> source file, relative to the project or absolute
 * @param outDir is emptied first
 * @throws Error when a source does not build, or exports no `handler`.
 */
export async function bundle(entries: Readonly<Record<string, string>>, outDir: string): Promise<BundledFunction[]> {
  const target = resolve(outDir)
  const built = await buildAll(entries, target)
  for (const warning of await formatMessages(built.warnings, { kind: 'warning' })) console.warn(warning)
  const { outputs } = built.metafile
  const pathOf = new Map(Object.keys(outputs).map((path) => [basename(path, '.mjs'), path]))
  const size = (paths: readonly string[]) => paths.reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0)
  await rm(target, { recursive: true, force: true })
  return Promise.all(
    Object.keys(entries).map(async (name) => {
      const entry = pathOf.get(name) ?? name
      if (!outputs[entry]?.exports.includes('handler')) throw new Error(`the source of ${name} does not export handler`)
      const parts = partsOf(outputs, entry)
      const folder = join(target, name)
      await assemble(folder, entry, parts, built)
      return {
        name,
        folder,
        bytes: { startup: size(parts.startup), lazy: size(parts.lazy), assets: size(parts.assets) },
      }
    }),
  )
}

/** Bundles every operation of the contract and every job function into `outDir/<name>/`. `outDir` is emptied first. */
export function bundleFunctions({ outDir }: { outDir: string }): Promise<BundledFunction[]> {
  return bundle(
    Object.fromEntries([
      ...operations.map(({ id, group }) => [id, `functions/${group}/${id}.ts`]),
      ...jobNames.map((name) => [name, `functions/jobs/${name}.ts`]),
    ]),
    outDir,
  )
}
