/** Fetching from real servers on this machine, with name servers of the test's own. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ResolvedAddress } from '../../../shared/fetch/connect.ts'
import { type FetchLimits, fetchFile } from '../../../shared/fetch/fetch-file.ts'
import type { FetchPlaces } from '../../../shared/fetch/places.ts'
import { FetchRefused } from '../../../shared/fetch/protocol.ts'
import { type FileServer, startFileServer } from '../../support/file-server.ts'
import { tlsPair } from '../../support/tls-pair.ts'

let files: FileServer
let bucket: FileServer
let trap: FileServer
let places: FetchPlaces

beforeAll(async () => {
  files = await startFileServer()
  bucket = await startFileServer()
  trap = await startFileServer()
  const port = files.host.split(':')[1]
  places = {
    hosts: ['files.example', '.below.example'],
    privateHosts: [files.host, `files.internal:${port}`, `[::1]:${port}`, `169.254.169.254:${port}`],
    bucket: { root: bucket.address('/store'), isLocal: true },
  }
})
afterAll(async () => {
  expect(trap.asked).toEqual([])
  await Promise.all([files.stop(), bucket.stop(), trap.stop()])
})

/** The text behind an address, or why there is none. */
async function fetched(address: string, limits: FetchLimits & { maxBytes?: number } = {}): Promise<string> {
  try {
    const request = { address, project: 'p', maxBytes: limits.maxBytes ?? 1000 }
    return (await fetchFile(request, places, limits)).toString()
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error
    return error.status === undefined ? error.problem : `${error.problem} ${error.status}`
  }
}

/** A name server that gives these answers, one list each time it is asked. */
function answering(...lists: readonly (readonly string[])[]) {
  const asked: string[] = []
  const resolve = async (hostname: string): Promise<ResolvedAddress[]> => {
    const list = lists[asked.length] ?? []
    asked.push(hostname)
    return list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  return { asked, resolve }
}

describe('a file', () => {
  test('is fetched from where the operator allows, and nothing but the request is told', async () => {
    const seen: unknown[] = []
    files.answer('/main.tf', (request, response) => {
      seen.push(request.headers)
      response.end('locals {}')
    })
    expect(await fetched(files.address('/main.tf?a=b'))).toBe('locals {}')
    expect(files.asked.at(-1)).toBe('/main.tf?a=b')
    expect(seen).toEqual([
      {
        host: files.host,
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': 'rfs-serverless',
        connection: 'close',
      },
    ])
  })

  test('of the bucket is fetched by its link, of the caller’s project alone', async () => {
    bucket.put('/store/projects/p/main.tf', 'stored')
    bucket.put('/store/projects/q/main.tf', 'of somebody else')
    expect(await fetched(bucket.address('/store/projects/p/main.tf?X-Amz-Signature=1'))).toBe('stored')
    for (const path of ['/store/projects/q/main.tf', '/store/projects/p/../q/main.tf', '/store/states', '/store']) {
      expect(await fetched(bucket.address(path))).toBe('not-allowed')
    }
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', Buffer.from],
  ] as const)('packed as %s is unpacked', async (encoding, pack) => {
    files.put('/packed.tf', pack(Buffer.from('x'.repeat(999))), { 'Content-Encoding': encoding })
    expect(await fetched(files.address('/packed.tf'))).toBe('x'.repeat(999))
  })

  test('that is packed otherwise, or badly, is refused', async () => {
    files.put('/odd.tf', 'x', { 'Content-Encoding': 'zstd' })
    files.put('/twice.tf', 'x', { 'Content-Encoding': 'gzip, gzip' })
    files.put('/bad.tf', 'this is not gzip', { 'Content-Encoding': 'gzip' })
    files.put('/half.tf', gzipSync('x'.repeat(500)).subarray(0, 20), { 'Content-Encoding': 'gzip' })
    files.put('/proto.tf', 'x', { 'Content-Encoding': 'constructor' })
    for (const path of ['/odd.tf', '/twice.tf', '/bad.tf', '/half.tf', '/proto.tf']) {
      expect(await fetched(files.address(path))).toBe('unknown-encoding')
    }
  })

  test('that is too large is not read to its end, whatever is said of its length', async () => {
    let sent = 0
    files.answer('/endless.tf', (_request, response) => {
      const more = () => {
        sent += 1
        if (sent < 100_000 && !response.destroyed) response.write(Buffer.alloc(1000), more)
      }
      more()
    })
    files.put('/bomb.tf', gzipSync(Buffer.alloc(50_000_000)), { 'Content-Encoding': 'gzip' })
    files.put('/bomb-br.tf', brotliCompressSync(Buffer.alloc(20_000_000)), { 'Content-Encoding': 'br' })
    files.put('/large.tf', 'x'.repeat(1001))
    for (const path of ['/endless.tf', '/bomb.tf', '/bomb-br.tf', '/large.tf']) {
      expect(await fetched(files.address(path))).toBe('too-large')
    }
    expect(sent).toBeLessThan(10_000)
    files.put('/exact.tf', 'x'.repeat(1000))
    expect(await fetched(files.address('/exact.tf'))).toHaveLength(1000)
  })

  test('that is not there, or breaks off, is refused with the status alone', async () => {
    files.answer('/403.tf', (_request, response) => response.writeHead(403).end('the secret of an inner server'))
    files.answer('/500.tf', (_request, response) => response.writeHead(500).end())
    files.answer('/204.tf', (_request, response) => response.writeHead(204).end())
    files.answer('/304.tf', (_request, response) => response.writeHead(304).end())
    files.answer('/nowhere.tf', (_request, response) => response.writeHead(302).end())
    for (const status of [403, 500, 204, 304]) {
      expect(await fetched(files.address(`/${status}.tf`))).toBe(`no-file ${status}`)
    }
    expect(await fetched(files.address('/nowhere.tf'))).toBe('no-file 302')
    files.answer('/broken.tf', (_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('x')
      setTimeout(() => response.destroy(), 10)
    })
    files.answer('/reset.tf', (request) => request.socket.destroy())
    files.answer('/switch.tf', (_request, response) =>
      response.writeHead(101, { Upgrade: 'x', Connection: 'upgrade' }).end(),
    )
    for (const path of ['/broken.tf', '/reset.tf', '/switch.tf']) {
      expect(await fetched(files.address(path), { totalMs: 2000 })).toMatch(/^(unreachable|too-slow)$/)
    }
  })

  test('that comes too slowly is given up: before its head, in its body, and when a name takes too long', async () => {
    files.answer('/silent.tf', () => undefined)
    files.answer('/drip.tf', (_request, response) => {
      const drip = setInterval(() => response.write('x'), 20)
      response.once('close', () => clearInterval(drip))
    })
    for (const path of ['/silent.tf', '/drip.tf']) {
      expect(await fetched(files.address(path), { totalMs: 150 })).toBe('too-slow')
    }
    const never = () => new Promise<never>(() => undefined)
    expect(await fetched('https://files.example/a.tf', { totalMs: 50, resolve: never })).toBe('too-slow')
  })
})

describe('a redirect', () => {
  const redirect = (path: string, Location: string, status = 302) =>
    files.answer(path, (_request, response) => response.writeHead(status, { Location }).end('not this'))

  test.each([301, 302, 303, 307, 308])('with status %s is followed', async (status) => {
    files.put('/there.tf', 'found')
    expect(await fetched(redirect('/from.tf', 'there.tf', status))).toBe('found')
  })

  test('is followed three times and no more', async () => {
    files.put('/there.tf', 'found')
    for (const left of [1, 2, 3, 4]) redirect(`/${left}.tf`, left === 1 ? '/there.tf' : `/${left - 1}.tf`)
    expect(await fetched(files.address('/3.tf'))).toBe('found')
    expect(await fetched(files.address('/4.tf'))).toBe('too-many-redirects')
    redirect('/circle.tf', '/circle.tf')
    expect(await fetched(files.address('/circle.tf'))).toBe('too-many-redirects')
  })

  test('is checked like an address', async () => {
    for (const [location, problem] of [
      [trap.address('/x'), 'not-allowed'],
      ['file:///etc/passwd', 'malformed'],
      [`http://user:pass@${files.host}/there.tf`, 'malformed'],
      ['http://[', 'malformed'],
      ['https://evil.example/there.tf', 'not-allowed'],
      [bucket.address('/store/projects/q/main.tf'), 'not-allowed'],
    ] as const) {
      expect(await fetched(redirect('/from.tf', location))).toBe(problem)
    }
    const { resolve, asked } = answering(['127.0.0.1'])
    expect(await fetched(redirect('/from.tf', 'https://files.example/a.tf'), { resolve })).toBe('not-public')
    expect(asked).toEqual(['files.example'])
  })
})

describe('a name', () => {
  test.each([
    ['127.0.0.1'],
    ['10.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['93.184.216.34', '127.0.0.1'],
    ['2606:4700::1111', 'fe80::1'],
  ])('on the internet that leads to %s is not connected to', async (...addresses) => {
    const { resolve } = answering(addresses)
    expect(await fetched('https://files.example/a.tf', { resolve })).toBe('not-public')
  })

  test('is asked for once, so that its second answer is none', async () => {
    files.put('/once.tf', 'found')
    const { resolve, asked } = answering(['127.0.0.1'], ['169.254.169.254'])
    const port = files.host.split(':')[1]
    expect(await fetched(`http://files.internal:${port}/once.tf`, { resolve })).toBe('found')
    expect(asked).toEqual(['files.internal'])
    expect(await fetched(`http://files.internal:${port}/once.tf`, { resolve })).toBe('not-public')
  })

  test('that the operator opened leads to no service of the platform, nor does an address', async () => {
    const port = files.host.split(':')[1]
    const { resolve } = answering(['169.254.169.254'])
    expect(await fetched(`http://files.internal:${port}/a.tf`, { resolve })).toBe('not-public')
    expect(await fetched(`http://169.254.169.254:${port}/a.tf`)).toBe('not-public')
  })

  test('that is nobody’s is unreachable', async () => {
    const fails = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
    }
    expect(await fetched('https://files.example/a.tf', { resolve: fails })).toBe('unreachable')
    expect(await fetched('https://a.below.example/a.tf', { resolve: async () => [] })).toBe('unreachable')
  })
})

test('a server by https must have a certificate that is trusted, for the name that was asked for', async () => {
  const server = createServer(tlsPair, (_request, response) => response.end('by https'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const trusted = getCACertificates('default')
  const secure = { ...places, privateHosts: [`files.example:${port}`, `other.example:${port}`] }
  const { resolve } = answering(...Array.from({ length: 4 }, () => ['127.0.0.1']))
  const by = (name: string) =>
    fetchFile({ address: `https://${name}:${port}/a.tf`, project: 'p', maxBytes: 100 }, secure, { resolve })
  try {
    await expect(by('files.example')).rejects.toMatchObject({ problem: 'unreachable' })
    setDefaultCACertificates([...trusted, tlsPair.cert])
    expect((await by('files.example')).toString()).toBe('by https')
    await expect(by('other.example')).rejects.toMatchObject({ problem: 'unreachable' })
  } finally {
    setDefaultCACertificates(trusted)
    server.closeAllConnections()
    server.close()
  }
})
