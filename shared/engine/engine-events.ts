/**
 * What a line of the engine's log means as an event of the stack. Pure; the mapping is by `type` and `action` only, never
 * by the engine's prose, which the messages keep as it is.
 */
import type { EventType } from '../contract/enums.ts'
import { diagnosticText } from './diagnostics.ts'
import type { Diagnostic, Hook, KnownLine, LogLine, ResourceAddress } from './log-lines.ts'
import type { EngineEvent, EventResource } from './protocol.ts'
import { resourceAt } from './resource-address.ts'

const verbs = { create: 'CREATION', update: 'UPDATE', delete: 'DELETION' } as const
type ChangeAction = keyof typeof verbs

const phases = { apply_start: 'IN_PROGRESS', apply_complete: 'COMPLETE', apply_errored: 'FAILED' } as const
type HookLine = Extract<KnownLine, { hook: Hook }>

/** True for a line that says that the engine begins to change a resource (reading a data source is no change). */
export function beginsChange(line: LogLine): boolean {
  return line.type === 'apply_start' && isChange(line.hook.action)
}

/** The event of a line; undefined for lines that only repeat what other events say. */
export function engineEvent(line: LogLine): EngineEvent | undefined {
  switch (line.type) {
    case 'other':
      return undefined
    case 'version':
    case 'log':
    case 'init_output':
      return event(line, 'LOG')
    case 'diagnostic':
      return diagnosticEvent(line, line.diagnostic)
    case 'change_summary':
      return event(line, line.changes.operation === 'plan' ? 'LOG' : 'SUMMARY')
    case 'resource_drift':
      return event(line, 'DRIFT', { resource: eventResource(line.change.resource) })
    default:
      return hookEvent(line)
  }
}

function diagnosticEvent(line: KnownLine, diagnostic: Diagnostic): EngineEvent | undefined {
  const resource = resourceAt(diagnostic.address ?? '')
  return event(line, diagnostic.severity === 'error' ? 'ERROR' : 'LOG', {
    message: diagnosticText(diagnostic),
    ...(resource ? { resource } : {}),
  })
}

function hookEvent(line: HookLine): EngineEvent | undefined {
  const { hook } = line
  const resource = {
    ...eventResource(hook.resource),
    ...(hook.id_key === undefined ? {} : { idKey: hook.id_key }),
    ...(hook.id_value === undefined ? {} : { idValue: hook.id_value }),
  }
  const elapsed = hook.elapsed_seconds === undefined ? {} : { elapsedSeconds: hook.elapsed_seconds }
  return event(line, hookEventType(line), { resource, ...elapsed })
}

function hookEventType(line: HookLine): EventType {
  const { action } = line.hook
  const phase = line.type in phases ? phases[line.type as keyof typeof phases] : undefined
  return phase && isChange(action) ? `${verbs[action]}_${phase}` : 'LOG'
}

function isChange(action: string | undefined): action is ChangeAction {
  return action !== undefined && Object.hasOwn(verbs, action)
}

function eventResource(resource: ResourceAddress): EventResource {
  const { resource_key: key } = resource
  return {
    address: resource.addr,
    type: resource.resource_type,
    name: resource.resource_name,
    ...(key === null || key === undefined ? {} : { key: String(key) }),
  }
}

function event(line: KnownLine, type: EventType, rest: Partial<EngineEvent> = {}): EngineEvent | undefined {
  const message = (rest.message ?? line['@message']).trim()
  if (message === '') return undefined
  return { ...rest, time: eventTime(line['@timestamp']), type, message }
}

/** The engine writes microseconds, `init` whole seconds only; an unreadable time would be the engine's fault, not the stack's. */
function eventTime(timestamp: string): string {
  const time = new Date(timestamp)
  return (Number.isNaN(time.getTime()) ? new Date(0) : time).toISOString()
}
