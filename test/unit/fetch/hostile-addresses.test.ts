/**
 * A thousand addresses, name servers and redirects that try to lead inside. A server on this machine, at every port that an
 * address may name, must see no connection; and nothing else may even be tried, which the kind of each refusal tells.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Resolve } from '../../../shared/fetch/connect.ts'
import { fetchFile } from '../../../shared/fetch/fetch-file.ts'
import { FetchRefused } from '../../../shared/fetch/protocol.ts'
import { type FileServer, startFileServer } from '../../support/file-server.ts'

let trap: Server
let trapPort: number
let connections = 0
let files: FileServer

beforeAll(async () => {
  files = await startFileServer()
  trap = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  // Every address of this machine, of both versions.
  trap.listen(0, '::')
  await once(trap, 'listening')
  trapPort = (trap.address() as AddressInfo).port
})
afterAll(async () => {
  trap.close()
  await files.stop()
})

const part = fc.nat(255)
const plain = fc.constantFrom(
  '127.0.0.1',
  '127.7.7.7',
  '0.0.0.0',
  '10.0.0.1',
  '169.254.169.254',
  '192.168.0.1',
  '224.0.0.1',
)
const numbers = (ip: string) => ip.split('.').map(Number)
const asInteger = (ip: string) => numbers(ip).reduce((sum, each) => sum * 256 + each, 0)

/** The many ways to write an IPv4 address into a URL. */
const dressed = fc.tuple(plain, part).chain(([ip]) =>
  fc.constantFrom(
    ip,
    String(asInteger(ip)),
    `0x${asInteger(ip).toString(16)}`,
    `0${asInteger(ip).toString(8)}`,
    numbers(ip)
      .map((each) => `0x${each.toString(16)}`)
      .join('.'),
    numbers(ip)
      .map((each) => `0${each.toString(8)}`)
      .join('.'),
    numbers(ip)
      .map((each) => `%${(each < 10 ? 0x30 + each : 0x31).toString(16)}`)
      .join('.'),
    `${numbers(ip)[0]}.${asInteger(ip) % 2 ** 24}`,
    ip.replaceAll('.', '。'),
    ip.replaceAll('.', '．'),
    ip.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
    ip.replace(/\d/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit))),
    `${ip}.`,
    `[::ffff:${ip}]`,
    `[::${ip}]`,
    `[64:ff9b::${ip}]`,
    `[0:0:0:0:0:ffff:${ip}]`,
    '[::1]',
    '[0000::0001]',
    '[::]',
    '[fe80::1%25lo]',
    '[fd00:ec2::254]',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'ｌｏｃａｌｈｏｓｔ',
    'allowed.example',
    'deep.below.example',
  ),
)

const userinfo = fc.constantFrom('', '', '', 'allowed.example@', 'user:pass@', 'allowed.example%40', ':@', '@')
const behind = fc.constantFrom(
  '',
  '',
  '@allowed.example',
  '#@allowed.example',
  '\\@allowed.example',
  '?@allowed.example',
  '%00.allowed.example',
  '/../..',
)
const scheme = fc.constantFrom(
  'http://',
  'https://',
  'HTTPS:\\\\',
  'http:/',
  'http:',
  '//',
  'ftp://',
  'file://',
  'gopher://',
  'http:////',
)
const ending = fc.constantFrom(
  '/main.tf',
  '/a.zip?x=.tf',
  '/latest/meta-data/x.tf',
  '/%2e%2e/x.tf',
  '\\x.tf',
  '/\u2024/x.tf',
)

/** Port 0 stands for the server that must not be reached. */
const hostileAddress = fc
  .tuple(scheme, userinfo, dressed, fc.constantFrom('', ':0', ':0', ':443', ':80', ':00443'), behind, ending)
  .map((parts) => parts.join(''))

const innerAddresses = fc.array(
  fc.constantFrom(
    '127.0.0.1',
    '::1',
    '10.0.0.1',
    '169.254.169.254',
    '::ffff:127.0.0.1',
    '::ffff:1.1.1.1',
    'fe80::1',
    'fd00::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '0.0.0.0',
    'nonsense',
    '',
  ),
  { minLength: 1, maxLength: 3 },
)

/** A name server that first gives one list, then others: to whoever asks twice. */
function rebinding(lists: readonly (readonly string[])[]): Resolve {
  let asked = 0
  return async () => {
    const list = lists[asked % lists.length] ?? []
    asked += 1
    return list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
}

/** Refusals before any connection. */
const untouched = ['malformed', 'not-allowed', 'not-public']

test('a thousand hostile addresses, resolvers and redirects reach nothing', async () => {
  const places = {
    hosts: ['allowed.example', '.below.example', '*.example.org'],
    privateHosts: [files.host],
    bucket: { root: files.address('/bucket'), isLocal: true },
  }
  let redirected = 0
  await fc.assert(
    fc.asyncProperty(
      hostileAddress,
      fc.array(innerAddresses, { minLength: 1, maxLength: 3 }),
      fc.nat(3),
      async (text, lists, hops) => {
        const hostile = text.replace(':0/', `:${trapPort}/`).replace(/:0(?=\D|$)/, `:${trapPort}`)
        let address = hostile
        for (let hop = 1; hop <= hops; hop += 1) {
          const Location = Buffer.from(address).toString('latin1')
          address = files.answer(`/hop-${hop}.tf`, (_request, response) => response.writeHead(302, { Location }).end())
        }
        const options = { resolve: rebinding(lists), totalMs: 5000 }
        const problem = await fetchFile({ address, project: 'p', maxBytes: 1000 }, places, options).then(
          () => 'fetched',
          (error: unknown) => (error instanceof FetchRefused ? error.problem : Promise.reject(error)),
        )
        if (hops > 0) redirected += 1
        // A relative redirect stays where it is: there is no such file.
        const staysHere = hops > 0 && problem === 'no-file'
        expect(staysHere || untouched.includes(problem), `${hostile} was ${problem}`).toBe(true)
      },
    ),
    // The same ones each time: what fails is a change's, and no chance.
    { numRuns: 1000, seed: Number(process.env.FUZZ_SEED ?? 1) },
  )
  expect(redirected).toBeGreaterThan(500)
  expect(connections).toBe(0)
})

test('the trap can be reached, or all of this would prove nothing', async () => {
  const places = { hosts: [], privateHosts: [`127.0.0.1:${trapPort}`], bucket: { root: 'http://x/y', isLocal: false } }
  const request = { address: `http://127.0.0.1:${trapPort}/a.tf`, project: 'p', maxBytes: 10 }
  await expect(fetchFile(request, places)).rejects.toMatchObject({ problem: 'unreachable' })
  expect(connections).toBe(1)
})
