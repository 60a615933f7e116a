/** Why a plan does what it does with a resource, as one or two sentences. */
import type { ItemAction } from '../contract/enums.ts'
import type { ResourceChange } from './plan-document.ts'

/** By the engine's `action_reason`. Source: Terraform "JSON Output Format", "Plan Representation". */
const byCode: Readonly<Record<string, string>> = {
  replace_because_tainted: 'It was not made completely or is marked as damaged.',
  replace_because_cannot_update: 'An attribute changes that cannot be changed in place.',
  replace_by_request: 'Its replacement was asked for.',
  replace_by_triggers: 'Something changes that the template names in replace_triggered_by.',
  delete_because_no_resource_config: 'The template no longer has it.',
  delete_because_wrong_repetition: 'The template no longer has it with, or without, an index or key.',
  delete_because_count_index: 'Its index is beyond the count in the template.',
  delete_because_each_key: 'Its key is no longer in the for_each of the template.',
  delete_because_no_module: 'The template no longer has the module that it belongs to.',
  delete_because_no_move_target: 'It was moved to an address that the template does not have.',
  read_because_config_unknown: 'What to read is known only after other changes of this plan.',
  read_because_dependency_pending: 'It depends on resources that this plan changes.',
  read_because_check_nested: 'It belongs to a check of the template and is read with every deployment.',
}

const byAction: Readonly<Record<Exclude<ItemAction, 'NO_OPERATION'>, string>> = {
  ADD: 'The template has it and it does not exist yet.',
  DELETE: 'The template no longer has it.',
  UPDATE: 'The template changed.',
  ADD_THEN_DELETE: 'It cannot become what the template says without being replaced.',
  DELETE_THEN_ADD: 'It cannot become what the template says without being replaced.',
}

/**
 * The reason for an item of the plan.
 * @param drifted whether the resource was also changed outside of the service.
 */
export function changeReason(resource: ResourceChange, action: ItemAction, drifted: boolean): string {
  const { change, previous_address: previousAddress } = resource
  const sentences = [mainReason(resource, action, drifted)]
  if (change.importing) sentences.push('It is imported into the stack.')
  if (previousAddress !== undefined) sentences.push(`It was moved from ${previousAddress}.`)
  return sentences.filter((sentence) => sentence !== '').join(' ')
}

const forgotten = 'The template no longer has it. The stack only stops managing it; the resource itself stays.'

/** The reason for an item that shows what happened outside of the service. */
export function driftReason(action: ItemAction): string {
  return action === 'DELETE' ? 'It was deleted outside of the service.' : 'It was changed outside of the service.'
}

function mainReason({ action_reason: code, change, deposed }: ResourceChange, action: ItemAction, drifted: boolean) {
  if (change.actions.includes('forget') && action === 'NO_OPERATION') return forgotten
  if (code !== undefined) return Object.hasOwn(byCode, code) ? byCode[code]! : words(code)
  if (action === 'NO_OPERATION') return nothingDone(change.actions, drifted)
  if (deposed !== undefined) return 'It is left over from an earlier replacement.'
  if (action === 'UPDATE' && (drifted || change.importing)) return 'It differs from the template.'
  if (action === 'ADD' && drifted) return 'The template has it and it does not exist any more.'
  return byAction[action]
}

function nothingDone(actions: readonly string[], drifted: boolean): string {
  if (actions.includes('read')) return 'It is read during the deployment.'
  return drifted ? 'As it is now, it agrees with the template.' : ''
}

/** A code that is newer than this list, readable at least. */
function words(code: string): string {
  const text = code.replaceAll('_', ' ').trim()
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
