/**
 * The data folder of `npm start`: one running instance at a time, one project id and one set of credentials for ever, and
 * the file by which clients find the instance.
 */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newKeyPair } from '../../shared/auth/access-keys.ts'
import { killStrayProcesses } from '../../shared/engine/stray-processes.ts'
import type { LocalTable } from './access-keys.ts'

export type EndpointFile = {
  baseUrl: string
  projectId: string
  region: string
  pid: number
  /** A key and a token that open the project. */
  accessKey: string
  secretKey: string
  token: string
  /** For the operator's command. */
  table: LocalTable
}

/** What opens the first project, and what encrypts the secrets in the table. */
export type Credentials = { accessKey: string; secretKey: string; token: string; secretsKey: string }

export type DataFolder = {
  path: string
  /** 32 hexadecimal digits, the same at every start. */
  projectId: string
  /** Made at the first start, in a file that only its owner reads. */
  credentials: Credentials
  /** For what must not outlive the instance: emptied at each start, with every program that still works in it ended. */
  temporaryFolder: string
  /** Appears complete or not at all. */
  writeEndpoint(endpoint: EndpointFile): Promise<void>
  /** Removes the endpoint file and lets another instance use the folder. Synchronous, so that a forced exit can do it. */
  release(): void
}

/**
 * Takes the folder for this process.
 * @throws Error when a running instance has it
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  await mkdir(path, { recursive: true })
  const lockFile = join(path, 'lock')
  const endpointFile = join(path, 'endpoint.json')
  await takeLock(path, lockFile)
  // Left by an instance that ended without a chance to clean up.
  await rm(endpointFile, { force: true })
  let released = false
  const projectId = await readProjectId(join(path, 'project-id'))
  return {
    path,
    projectId,
    credentials: await readCredentials(join(path, credentialsFile)),
    temporaryFolder: await clearTemporaryFolder(projectId),
    writeEndpoint: async (endpoint) => {
      await writeAtomically(endpointFile, `${JSON.stringify(endpoint, null, 2)}\n`, ownerOnly)
    },
    release: () => {
      // A second time it would be another instance's lock.
      if (released) return
      released = true
      rmSync(endpointFile, { force: true })
      rmSync(lockFile, { force: true })
    },
  }
}

/**
 * An instance that was killed leaves engines behind; they must not go on beside those of the next one. The folder is not in
 * the data folder, because engines open sockets in it, whose paths may only have some 100 characters.
 */
async function clearTemporaryFolder(projectId: string): Promise<string> {
  const path = join(tmpdir(), `rfs-${projectId.slice(0, 16)}`)
  await killStrayProcesses(path)
  await rm(path, { recursive: true, force: true })
  await mkdir(path, { mode: 0o700 })
  return path
}

async function takeLock(folder: string, lockFile: string): Promise<void> {
  // Linked, not written in place: a lock must never be seen without its owner.
  const mine = `${lockFile}.${process.pid}.tmp`
  await writeFile(mine, JSON.stringify(await identify(process.pid)))
  try {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      if (await linkIfAbsent(mine, lockFile)) return
      const owner = parseOwner(await readFile(lockFile, 'utf8').catch(() => ''))
      if (owner && (await isRunning(owner))) {
        throw new Error(
          `${folder} is in use by the running instance with process id ${owner.pid}; stop it or choose another folder`,
        )
      }
      await rm(lockFile, { force: true })
    }
  } finally {
    await rm(mine, { force: true })
  }
  throw new Error(`${folder} was taken by another instance just now`)
}

async function linkIfAbsent(source: string, target: string): Promise<boolean> {
  try {
    await link(source, target)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** A process id alone may be that of a later, unrelated process; with its start time (where /proc tells it) it is not. */
type Owner = { pid: number; startedAt?: string }

async function identify(pid: number): Promise<Owner> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The program's name is in parentheses and may hold spaces; the start time is the 20th field after it.
  const startedAt = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return startedAt ? { pid, startedAt } : { pid }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Owner
    return Number.isInteger(owner.pid) ? owner : undefined
  } catch {
    return undefined
  }
}

async function isRunning(owner: Owner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return (await identify(owner.pid)).startedAt === owner.startedAt
}

async function readProjectId(path: string): Promise<string> {
  const known = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (/^[0-9a-f]{32}$/.test(known)) return known
  const made = randomBytes(16).toString('hex')
  await writeAtomically(path, `${made}\n`)
  return made
}

/** The file of a data folder that holds its credentials. */
export const credentialsFile = 'credentials.json'

async function readCredentials(path: string): Promise<Credentials> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  // A broken file is an error, not a reason to make new ones: no secret in the table could be read with them.
  if (text !== undefined) return JSON.parse(text) as Credentials
  const token = randomBytes(30).toString('base64url')
  const made = { ...newKeyPair(), token, secretsKey: randomBytes(32).toString('base64') }
  await writeAtomically(path, `${JSON.stringify(made, null, 2)}\n`, ownerOnly)
  return made
}

const ownerOnly = 0o600

async function writeAtomically(path: string, text: string, mode = 0o644): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, text, { mode })
  // The mode above is lessened by the process's mask only, but does not hold for a file that was there.
  await chmod(temporary, mode)
  await rename(temporary, path)
}
