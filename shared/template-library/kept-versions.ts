/** A version with its content, which is an immutable blob. */
import type { Blobs } from '../aws/blobs.ts'
import type { Template } from '../template/template.ts'
import { templateBlobs } from '../template/template-blob.ts'
import type { VersionRecord } from './record.ts'
import type { Hold, VersionStore } from './version-store.ts'

export interface KeptVersions {
  readonly versions: VersionStore
  readonly blobs: Blobs
}

/** The item first: a blob that nobody knows of would stay for ever. */
export async function keepVersion(
  { versions, blobs }: KeptVersions,
  version: VersionRecord,
  { content, extension }: Template,
  hold: Hold,
): Promise<void> {
  await versions.keep(version, hold)
  await blobs.put(version.contentKey, content, templateBlobs[extension].contentType)
}

/** The items last, for the same reason. They are held until then, or a crash in between would leave them unseen. */
export async function forgetVersions({ versions, blobs }: KeptVersions, gone: readonly VersionRecord[]): Promise<void> {
  await blobs.delete(gone.map(({ contentKey }) => contentKey))
  await versions.forget(gone)
}
