/**
 * `show -json` of a saved plan as the items that the API shows, and their counts: text only, secrets masked. Pure.
 * Source of the form: `[GetExecutionPlan]` (drift: two items, what happened outside first) and `[GetExecutionPlanMetadata]`.
 */
import type { ItemAction } from '../contract/enums.ts'
import { identityText, isRecord } from './attribute-values.ts'
import { changedAttributes } from './plan-attributes.ts'
import { type Change, type PlanDocument, planSecrets, type ResourceChange, readPlan } from './plan-document.ts'
import { changeReason, driftReason } from './plan-reasons.ts'
import type { PlanCounts, PlanItem } from './protocol.ts'
import { maskMarked, type Redaction, redaction, resourceMarks } from './redaction.ts'

export interface PlanView {
  readonly items: readonly PlanItem[]
  readonly counts: PlanCounts
  /** Texts of the sensitive values, to be masked wherever else they turn up. */
  readonly secrets: readonly string[]
}

/**
 * Reads the output of `show -json <saved plan>`. Resources to which nothing happens are no items.
 * @throws Error when the text is not a plan in the documented format.
 */
export function planView(text: string): PlanView {
  const plan = readPlan(text)
  const secrets = planSecrets(plan)
  const redact = redaction(secrets)
  const drift = plan.resource_drift.filter(isRealDrift)
  const drifted = new Set(drift.map(identity))
  const planned = plan.resource_changes.filter((resource) => isShown(resource, drifted.has(identity(resource))))
  const items = [
    ...drift.map((resource) => driftItem(resource, redact)),
    ...planned.map((resource) => changeItem(resource, drifted.has(identity(resource)), redact)),
  ]
  return { items: items.toSorted(byAddress), counts: counts(plan), secrets }
}

function changeItem(resource: ResourceChange, drifted: boolean, redact: Redaction): PlanItem {
  const action = itemAction(resource.change.actions)
  return {
    ...common(resource, redact),
    action,
    actionReason: changeReason(resource, action, drifted),
    drifted: false,
    imported: Boolean(resource.change.importing),
  }
}

function driftItem(resource: ResourceChange, redact: Redaction): PlanItem {
  const action = resource.change.actions.includes('delete') ? 'DELETE' : 'UPDATE'
  return { ...common(resource, redact), action, actionReason: driftReason(action), drifted: true, imported: false }
}

function common(resource: ResourceChange, redact: Redaction) {
  const id = resourceId(resource, redact)
  // Only the management of it ends; none of its attributes does.
  const forgotten = resource.change.actions.join() === 'forget'
  return {
    address: resource.address,
    type: resource.type,
    name: resource.name,
    ...(resource.index === undefined ? {} : { key: String(resource.index) }),
    provider: resource.provider_name,
    mode: resource.mode === 'data' ? ('DATA' as const) : ('RESOURCE' as const),
    ...(id === undefined ? {} : { id }),
    attributes: forgotten ? [] : changedAttributes(withResourceMarks(resource), redact),
  }
}

function withResourceMarks({ type, change }: ResourceChange): Change {
  return {
    ...change,
    before_sensitive: resourceMarks(type, change.before_sensitive),
    after_sensitive: resourceMarks(type, change.after_sensitive),
  }
}

/** Which resource, or which object left over from a replacement, something is about. */
function identity({ address, deposed }: ResourceChange): string {
  return deposed === undefined ? address : `${address} ${deposed}`
}

/** `resource_drift` also has resources that have only been moved. */
function isRealDrift({ mode, change }: ResourceChange): boolean {
  if (mode !== 'managed' || change.actions.includes('no-op')) return false
  if (change.actions.includes('delete')) return true
  const unmarked = { ...change, before_sensitive: undefined, after_sensitive: undefined }
  return changedAttributes(unmarked, redaction([])).length > 0
}

function isShown({ change, address, previous_address: previousAddress }: ResourceChange, drifted: boolean): boolean {
  const isMoved = previousAddress !== undefined && previousAddress !== address
  return !change.actions.includes('no-op') || isMoved || Boolean(change.importing) || drifted
}

/** The order of the two parts of a replacement is the engine's order of actions. */
function itemAction(actions: readonly string[]): ItemAction {
  const [created, deleted] = [actions.indexOf('create'), actions.indexOf('delete')]
  if (created !== -1 && deleted !== -1) return created < deleted ? 'ADD_THEN_DELETE' : 'DELETE_THEN_ADD'
  if (created !== -1) return 'ADD'
  if (deleted !== -1) return 'DELETE'
  return actions.includes('update') ? 'UPDATE' : 'NO_OPERATION'
}

function counts({ resource_changes: changes }: PlanDocument): PlanCounts {
  const managed = changes.filter(({ mode }) => mode === 'managed').map(({ change }) => change)
  const having = (action: string) => managed.filter(({ actions }) => actions.includes(action)).length
  return {
    add: having('create'),
    update: having('update'),
    delete: having('delete'),
    import: managed.filter(({ importing }) => importing).length,
  }
}

function resourceId({ type, change }: ResourceChange, redact: Redaction): string | undefined {
  const { before, after, before_sensitive: beforeMarks, after_sensitive: afterMarks, importing } = change
  const idOf = (value: unknown, marks: unknown) => {
    const shown = maskMarked(redact.value(value), resourceMarks(type, marks))
    return isRecord(shown) ? identityText(shown.id) : undefined
  }
  return idOf(before, beforeMarks) ?? idOf(after, afterMarks) ?? identityText(redact.value(importing?.id))
}

/** By address, instances by the number of their index, what happened outside before what is planned. */
function byAddress(a: PlanItem, b: PlanItem): number {
  const [first, second] = [sortable(a.address), sortable(b.address)]
  if (first === second) return Number(b.drifted) - Number(a.drifted)
  return first < second ? -1 : 1
}

function sortable(address: string): string {
  return address.replace(/\[(\d+)\]/g, (_all, index: string) => `[${index.padStart(12, '0')}]`)
}
