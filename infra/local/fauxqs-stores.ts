/**
 * The stores inside fauxqs, made by hand.
 *
 * `startFauxqs` always listens on every interface of the machine, with no option against it, which would offer the
 * queues and the bucket to the whole network. `buildApp` leaves listening to its caller, but takes stores whose classes
 * the package does not export. So their modules are loaded by their place inside the package, whose version is pinned.
 */

import type { DatabaseSync } from 'node:sqlite'
import type { BuildAppOptions } from 'fauxqs'

export type FauxqsStores = NonNullable<BuildAppOptions['stores']>

type Persistence = {
  /** Private in the package's types. */
  db: DatabaseSync
  load(sqs: FauxqsStores['sqsStore'], sns: FauxqsStores['snsStore'], s3: FauxqsStores['s3Store']): void
  close(): void
}

type StoreModules = {
  SqsStore: new () => FauxqsStores['sqsStore']
  SnsStore: new () => FauxqsStores['snsStore']
  S3Store: new () => FauxqsStores['s3Store']
  PersistenceManager: new (dataFolder: string) => Persistence & FauxqsStores['s3Store']['persistence']
}

/**
 * Stores in memory or, with a data folder, loaded from and written through to SQLite there: queues, messages with their
 * visibility deadlines and receive counts, buckets and objects. What earlier calls deduplicated is forgotten.
 * @returns the stores and what closes their database
 */
export async function openFauxqsStores(dataFolder?: string): Promise<{ stores: FauxqsStores; close(): void }> {
  const { SqsStore, SnsStore, S3Store, PersistenceManager } = await loadModules()
  const stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() }
  if (!dataFolder) return { stores, close: () => {} }
  const persistence = new PersistenceManager(dataFolder)
  // A write survives the end of this process without waiting for the disk, as with the tables beside it.
  persistence.db.exec('PRAGMA synchronous = NORMAL')
  // Loading first: a store that already persists would replace the rows it is loading, and their messages with them.
  persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store)
  for (const store of Object.values(stores)) Object.assign(store, { persistence })
  for (const queue of stores.sqsStore.allQueues()) Object.assign(queue, { persistence })
  return { stores, close: () => persistence.close() }
}

async function loadModules(): Promise<StoreModules> {
  const entry = import.meta.resolve('fauxqs')
  const paths = ['./sqs/sqsStore.js', './sns/snsStore.js', './s3/s3Store.js', './persistence.js']
  const modules = await Promise.all(paths.map((path) => import(new URL(path, entry).href)))
  return Object.assign({}, ...modules) as StoreModules
}
