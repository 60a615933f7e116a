/** Deletes a template with all its versions. */
import type { Clock } from '../aws/clock.ts'
import { untilCommitted } from './change.ts'
import { forgetVersions, type KeptVersions } from './kept-versions.ts'
import type { TemplateQuota } from './quota.ts'
import { numberIn, type TemplateRecord, type VersionRecord } from './record.ts'
import type { TemplateStore } from './store.ts'
import { newHold } from './version-store.ts'

export interface RemoveDependencies extends KeptVersions {
  readonly templates: TemplateStore
  readonly quota: TemplateQuota
  readonly clock: Clock
}

/**
 * The template goes by one write, and with it every version; their items and blobs after it, all held by then, so that the
 * sweeper forgets those that this call does not come to.
 * @throws RfsError `TooManyRequests` when others change the template all the time
 */
export async function removeTemplate(dependencies: RemoveDependencies, seen: TemplateRecord): Promise<void> {
  const { templates, versions, quota, clock } = dependencies
  let left: VersionRecord[] = []
  await untilCommitted(seen, async (template) => {
    // What is being added by somebody else stays theirs: they will be refused, and forget it.
    left = (await versions.list(template.id)).filter(({ id }) => numberIn(template, id) !== undefined)
    await versions.hold(left, newHold(clock.now()))
    const mark = await quota.mark(template.project)
    const removal = await templates.remove(template)
    if (removal.outcome === 'committed') await quota.release(template.project, clock.now(), mark)
    // Gone is gone, whoever did it.
    return removal.outcome === 'missing' ? { outcome: 'committed', record: template } : removal
  })
  await forgetVersions(dependencies, left)
}
