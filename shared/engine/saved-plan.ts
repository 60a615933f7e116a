/** The engine's saved plan on its way to the store and back. The body is the file as the engine writes it. */
import { RunFailure } from './run-failure.ts'
import { download, type TransferLimits, upload } from './transfer.ts'

export interface SavedPlan {
  readonly file: Buffer
  /** Which providers the plan was made with; absent for a plan that only the engine itself can open. */
  readonly lockFile?: Buffer | undefined
}

const maxUnpackedBytes = 256 * 1024 * 1024

const missing = 'The saved execution plan is missing or cannot be read; make a new one.'

/**
 * The plan at `url`.
 * @throws RunFailure also when there is nothing or no plan.
 */
export async function fetchPlan(url: string, limits: TransferLimits): Promise<SavedPlan> {
  const fetched = await download(url, limits)
  if (fetched.ok) return await savedPlan(fetched.result)
  // Where the reader may not list, a store answers 403 for what does not exist.
  if ([403, 404, 410].includes(fetched.status ?? 0)) throw new RunFailure(missing)
  throw new RunFailure(`The saved execution plan could not be fetched: ${fetched.reason}.`)
}

/** Saves a plan at `url`. @throws RunFailure */
export async function savePlan(url: string, file: Buffer, limits: TransferLimits): Promise<void> {
  const saved = await upload(url, new Uint8Array(file), limits)
  if (!saved.ok) throw new RunFailure(`The execution plan could not be saved: ${saved.reason}.`)
}

/**
 * Checks the file, a zip archive unless the engine encrypted it, before anything is done with it.
 * @throws RunFailure when it is not a whole plan.
 */
async function savedPlan(file: Buffer): Promise<SavedPlan> {
  if (isEncrypted(file)) return { file }
  try {
    const files = await filesOf(file)
    if (files.has('tfplan')) return { file, lockFile: files.get('.terraform.lock.hcl') }
  } catch (error) {
    throw new RunFailure(missing, { cause: error })
  }
  throw new RunFailure(missing)
}

/** The files of the archive by name, each one complete. */
async function filesOf(file: Buffer): Promise<Map<string, Buffer>> {
  // On first use: most runs have no plan to carry out.
  const { openZip } = await import('../archive/zip.ts')
  const archive = await openZip(file)
  const entries = await Array.fromAsync(archive.entries())
  const contents = await archive.unpack(entries, maxUnpackedBytes)
  return new Map(entries.map(({ name }, at) => [name, contents[at] ?? Buffer.alloc(0)]))
}

/** OpenTofu's plan encryption makes a JSON document of the archive. */
function isEncrypted(file: Buffer): boolean {
  if (file[0] !== 0x7b) return false
  try {
    const document: unknown = JSON.parse(file.toString('utf8'))
    return typeof document === 'object' && document !== null && 'encrypted_data' in document
  } catch {
    return false
  }
}
