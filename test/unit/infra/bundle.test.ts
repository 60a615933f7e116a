import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle } from '../../../infra/bundle.ts'

const project = resolve(import.meta.dirname, '../../..')
/** Sources must lie where packages resolve; bundles must not, or a missing part would be found by chance. */
const sources = join(project, 'dist', `bundle-test-${process.pid}`)
let outDir: string

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'rfs-bundle-'))
  await mkdir(sources, { recursive: true })
})
afterAll(() => Promise.all([outDir, sources].map((folder) => rm(folder, { recursive: true }))))

async function source(name: string, text: string): Promise<string> {
  await writeFile(join(sources, name), text)
  return join(sources, name)
}

/** Calls a bundled handler in a process of its own that has nothing but the folder. */
async function call(folder: string, environment: Record<string, string> = {}): Promise<unknown> {
  const script = `const { handler } = await import('${join(folder, 'index.mjs')}'); console.log(JSON.stringify(await handler()))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    env: environment,
  })
  return JSON.parse(stdout)
}

const fileNames = async (folder: string) => (await readdir(folder)).sort()

describe('a bundled function', () => {
  test('is a folder with its entry and the chunks it reaches, and no others', async () => {
    await source('both.ts', "export const both = (name: string) => ['shared by', name].join(' ')")
    await source('rare.ts', `export const rare = '${'rarely used '.repeat(50)}'`)
    const shared = "import { both } from './both.ts'\n"
    const [first, second] = await bundle(
      {
        first: await source(
          'first.ts',
          `${shared}export const handler = async () => [both('first'), (await import('./rare.ts')).rare.length]`,
        ),
        second: await source('second.ts', `${shared}export const handler = async () => both('second')`),
      },
      join(outDir, 'two'),
    )
    expect(await call(first!.folder)).toEqual(['shared by first', 600])
    expect(await call(second!.folder)).toBe('shared by second')
    const [ofFirst, ofSecond] = [await fileNames(first!.folder), await fileNames(second!.folder)]
    expect(ofSecond).toHaveLength(2)
    expect(ofFirst).toEqual(expect.arrayContaining(ofSecond))
    expect(ofFirst).toHaveLength(3)
    // What is loaded on first use is counted apart, and is not in the part that every start reads.
    expect(first!.bytes.lazy).toBeGreaterThan(600)
    expect(first!.bytes.startup).toBeLessThan(600)
    expect(second!.bytes).toMatchObject({ lazy: 0, assets: 0 })
    const sizes = await Promise.all(ofFirst.map(async (name) => (await readFile(join(first!.folder, name))).length))
    expect(first!.bytes.startup + first!.bytes.lazy).toBe(sizes.reduce((sum, size) => sum + size, 0))
  })

  test('brings the WebAssembly files that a chunk of it reads, and finds them', async () => {
    const hcl = join(project, 'shared/template/hcl.ts')
    const [parse] = await bundle(
      {
        parse: await source(
          'parse.ts',
          `export const handler = async () => (await import('${hcl}')).outlineHcl('resource "a" "b" {}\\nx = 1')`,
        ),
      },
      join(outDir, 'wasm'),
    )
    expect(await call(parse!.folder)).toMatchObject({ blocks: ['resource'], attributes: ['x'], alien: false })
    expect((await fileNames(parse!.folder)).filter((name) => name.endsWith('.wasm'))).toHaveLength(2)
    expect(parse!.bytes.assets).toBeGreaterThan(200_000)
    expect(parse!.bytes.startup).toBeLessThan(10_000)
  })

  test('that reads the variables of templates loads the grammar with the first template, not before', async () => {
    const entry = join(project, 'functions/template-analyses/parse-template-variables.ts')
    const [parse] = await bundle({ parse: entry }, join(outDir, 'parse'))
    expect(parse!.bytes.startup).toBeLessThan(150_000)
    expect(parse!.bytes.assets).toBeGreaterThan(200_000)
    const entryText = await readFile(join(parse!.folder, 'index.mjs'), 'utf8')
    expect(entryText).not.toContain('WebAssembly')
  })

  test('signs requests with the credentials of its environment, and carries no other way to get some', async () => {
    const seen: string[] = []
    const server = createServer((request, response) => {
      seen.push(`${request.headers.authorization} ${request.headers['x-amz-security-token']}`)
      response.setHeader('Content-Type', 'application/x-amz-json-1.0').end('{"QueueUrls":["http://queue"]}')
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    try {
      const [queues] = await bundle(
        {
          queues: await source(
            'queues.ts',
            `import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
             export const handler = async () => (await new SQSClient({}).send(new ListQueuesCommand({}))).QueueUrls`,
          ),
        },
        join(outDir, 'sdk'),
      )
      const answer = await call(queues!.folder, {
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'THEKEY',
        AWS_SECRET_ACCESS_KEY: 'the secret',
        AWS_SESSION_TOKEN: 'the-token',
        AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      })
      expect(answer).toEqual(['http://queue'])
      expect(seen).toEqual([expect.stringMatching(/Credential=THEKEY\/\d{8}\/eu-central-1\/sqs\/.* the-token$/)])
      expect(queues!.bytes.startup).toBeLessThan(250_000)
    } finally {
      server.close()
    }
  })
})

describe('a source that cannot become a function is refused', () => {
  test('because it exports no handler', async () => {
    const entries = { nothing: await source('nothing.ts', 'export const handle = 1') }
    await expect(bundle(entries, join(outDir, 'nothing'))).rejects.toThrow('nothing does not export handler')
  })

  test('because it is not there', async () => {
    const entries = { absent: join(sources, 'absent.ts') }
    await expect(bundle(entries, join(outDir, 'absent'))).rejects.toThrow('absent.ts')
  })
})
