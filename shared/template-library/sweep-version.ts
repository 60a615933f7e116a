/** Looks after a version whose function did not say whether its template has it. */
import { type Blobs, openBlobs } from '../aws/blobs.ts'
import type { Clock } from '../aws/clock.ts'
import { openTable, type Table } from '../aws/table.ts'
import { forgetVersions } from './kept-versions.ts'
import { numberIn } from './record.ts'
import { openTemplateStore } from './store.ts'
import { openVersionStore } from './version-store.ts'

export interface VersionSweep {
  /** True when it settled or forgot the version. */
  sweep(at: { templateId: string; id: string }): Promise<boolean>
}

export function openVersionSweep(clock: Clock, table: Table = openTable(), blobs: Blobs = openBlobs()): VersionSweep {
  const templates = openTemplateStore(table)
  const versions = openVersionStore(table)
  return {
    sweep: async ({ templateId, id }) => {
      const held = await versions.findHeld(templateId, id)
      if (!held || held.hold.dueAt > clock.now().toISOString()) return false
      const { version, hold } = held
      const template = await templates.find(version.project, version.templateName)
      const isThere = template?.id === templateId && numberIn(template, id) !== undefined
      await (isThere ? versions.settle(version, hold) : forgetVersions({ versions, blobs }, [version]))
      return true
    },
  }
}
