/** A change of a template that anybody else may be changing at the same time. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Commit } from '../aws/versioned-items.ts'
import { RfsError } from '../contract/errors.ts'
import type { TemplateRecord } from './record.ts'
import type { TemplateStore } from './store.ts'

/** With the pauses between them, some seconds: less than an API function may take. */
const mostAttempts = 100
const longestPauseMs = 50

/** @throws RfsError `TemplateNotFound` when it was deleted, or its name is another template's now */
function nowInstead(seen: TemplateRecord, commit: Exclude<Commit<TemplateRecord>, { outcome: 'committed' }>) {
  if (commit.outcome === 'conflict' && commit.current.id === seen.id) return commit.current
  throw new RfsError('TemplateNotFound', `Template ${seen.name} was deleted meanwhile.`)
}

/**
 * Decides and commits; when somebody else committed first, decides again by what is there now.
 * @param attempt one decision with its one conditional write
 * @returns the record that the write left, or removed
 * @throws RfsError `TemplateNotFound`, what `attempt` throws, or `TooManyRequests` when others are always faster
 */
export async function untilCommitted(
  seen: TemplateRecord,
  attempt: (template: TemplateRecord) => Promise<Commit<TemplateRecord>>,
): Promise<TemplateRecord> {
  let template = seen
  for (let at = 0; at < mostAttempts; at += 1) {
    const commit = await attempt(template)
    if (commit.outcome === 'committed') return commit.record
    template = nowInstead(seen, commit)
    await sleep(Math.random() * longestPauseMs)
  }
  throw new RfsError('TooManyRequests', `Template ${seen.name} is being changed by many requests.`, {
    retryAfterSeconds: 1,
  })
}

/** Commits what `decide` makes of the template. @throws RfsError see `untilCommitted` */
export function changeTemplate(
  templates: TemplateStore,
  seen: TemplateRecord,
  decide: (template: TemplateRecord) => TemplateRecord | Promise<TemplateRecord>,
): Promise<TemplateRecord> {
  return untilCommitted(seen, async (template) => templates.commit(template, await decide(template)))
}
