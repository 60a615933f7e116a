/**
 * What authentication costs a warm request: the processor time of the whole chain with the guard, less that of the same
 * chain without. Exits 1 when it is more than a millisecond, or when a key that is cached is read again.
 */
import { randomBytes } from 'node:crypto'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { cacheAccessKeys, openAccessKeyStore } from '../../shared/auth/access-keys.ts'
import { createAuthenticator } from '../../shared/auth/authenticate.ts'
import { createGuard, type Guard } from '../../shared/auth/guard.ts'
import { localKeyService } from '../../shared/auth/secrets.ts'
import { signWith } from '../../shared/auth/sign.ts'
import type { Item, Table } from '../../shared/aws/table.ts'
import { ListStacks } from '../../shared/contract/stack-reads.ts'
import { DeployStack } from '../../shared/contract/stacks.ts'
import { type ApiHandler, serve } from '../../shared/http/serve.ts'
import { openToAll } from '../support/open-guard.ts'
import { projectId } from '../support/proxy-event.ts'
import { signedEvent } from './signed-event.ts'

const limitMs = 1
const rounds = 5
const requestsPerRound = 1000

const key = { accessKey: 'AKBENCH', secretKey: 'bench', project: projectId, role: 'full' } as const
const sign = signWith(key)

/** The guard of a function, whose table is a map in memory that counts how often it is read. */
async function realGuard(): Promise<{ guard: Guard; reads: () => number }> {
  const items = new Map<string, Item>()
  let reads = 0
  const table = {
    get: async ({ pk }: { pk: string }) => {
      reads += 1
      return items.get(pk)
    },
    put: async (item: Item) => Boolean(items.set(String(item.pk), item)),
  } as unknown as Table
  const keys = localKeyService(randomBytes(32).toString('base64'))
  await openAccessKeyStore(table, keys).save(key, new Date())
  const clock = { now: () => new Date() }
  const authenticator = createAuthenticator({ accessKeys: cacheAccessKeys(() => ({ table, keys }), clock), clock })
  // The count of commands is a write to the table that the command waits for; its processor time is the table client's.
  const rate = { count: async () => undefined }
  return { guard: createGuard({ authenticator, rate, clock, maxRequestBytes: 2 ** 21 }), reads: () => reads }
}

/** Milliseconds of processor time per request, the best of some rounds. Each request has an event of its own. */
async function cpuMs(handler: ApiHandler, event: APIGatewayProxyEvent, status: number): Promise<number> {
  const text = JSON.stringify(event)
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round += 1) {
    const events = Array.from({ length: requestsPerRound }, () => JSON.parse(text) as APIGatewayProxyEvent)
    const before = process.cpuUsage()
    for (const each of events) {
      const { statusCode, body } = await handler(each, {})
      if (statusCode !== status) throw new Error(`answered ${statusCode}: ${body}`)
    }
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1000 / requestsPerRound)
  }
  return best
}

/** Runs without the log lines of the requests. */
async function silently<Result>(run: () => Promise<Result>): Promise<Result> {
  const { write } = process.stdout
  process.stdout.write = () => true
  try {
    return await run()
  } finally {
    process.stdout.write = write
  }
}

const template = `# ${'x'.repeat(50_000)}\nlocals {}\n`
const path = { project_id: projectId, stack_name: 'web' }
const cases = [
  {
    name: 'list stacks',
    event: signedEvent(sign, ListStacks, { path: { project_id: projectId } }),
    status: 200,
    handlerWith: (guard: () => Guard) => serve(ListStacks, {}, async () => ({ body: { stacks: [] } }), guard),
  },
  {
    name: 'deploy with 50 KB',
    event: signedEvent(sign, DeployStack, { path, body: { template_body: template } }),
    status: 202,
    handlerWith: (guard: () => Guard) =>
      serve(DeployStack, {}, async () => ({ body: { deployment_id: '0b7f3a52-2a1c-4f8e-9a6d-1c2b3d4e5f60' } }), guard),
  },
]

for (const { name, event, status, handlerWith } of cases) {
  const { guard, reads } = await realGuard()
  const [without, withAuthentication] = await silently(async () => [
    await cpuMs(handlerWith(openToAll), event, status),
    await cpuMs(
      handlerWith(() => guard),
      event,
      status,
    ),
  ])
  const added = (withAuthentication ?? 0) - (without ?? 0)
  const good = added <= limitMs && reads() === 1
  console.log(
    `authentication of a warm request (${name}): ${withAuthentication?.toFixed(3)} ms of CPU, ${without?.toFixed(3)} ms ` +
      `without it, ${added.toFixed(3)} ms added (at most ${limitMs}); the key was read ${reads()} time in ` +
      `${rounds * requestsPerRound} requests: ${good ? 'good' : 'TOO MUCH'}`,
  )
  if (!good) process.exitCode = 1
}
