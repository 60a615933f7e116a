/** The blob of what a stack shows after a run: resources and outputs. */
import { BlobMissing, type Blobs, openBlobs, readReferenced } from '../aws/blobs.ts'
import type { StackRecord } from '../stack/record.ts'
import { emptyView, StackView } from './resources.ts'

export interface ViewStore {
  save(key: string, view: StackView): Promise<void>
  /** The empty view for a stack that never ran; undefined when the blob went while a newer one took its place. */
  load(stack: Pick<StackRecord, 'viewKey'>): Promise<StackView | undefined>
}

export function openViewStore(blobs: Blobs = openBlobs()): ViewStore {
  return {
    save: (key, view) => blobs.put(key, JSON.stringify(view), 'application/json'),
    load: async ({ viewKey }) => {
      if (viewKey === undefined) return emptyView
      const content = await blobs.get(viewKey)
      return content === undefined ? undefined : StackView.parse(JSON.parse(content))
    },
  }
}

/**
 * The view of a stack, read again when a job replaced it between the two reads.
 * @param reload reads the stack again
 * @throws BlobMissing when the blob stays missing.
 */
export async function loadCurrentView(
  views: ViewStore,
  stack: StackRecord,
  reload: () => Promise<StackRecord>,
): Promise<{ stack: StackRecord; view: StackView }> {
  const load = async (current: StackRecord) => {
    const view = await views.load(current)
    if (!view) throw new BlobMissing(String(current.viewKey))
    return view
  }
  const { entry, read } = await readReferenced(stack, load, reload)
  return { stack: entry, view: read }
}
