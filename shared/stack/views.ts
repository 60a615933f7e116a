/** Records -> the wire's form. Keys without a value are left out `[GetStackMetadata]`. */
import type { StackEvent, StackMetadata, StackOutput, StackResource, StackSummary } from '../contract/stack-reads.ts'
import type { StoredEvent } from '../deployment/events.ts'
import type { ShownResource } from '../deployment/resources.ts'
import type { Output } from '../engine/protocol.ts'
import { present, wireTime } from '../http/wire.ts'
import type { Variables } from '../template/variables.ts'
import { isFailed } from './lifecycle.ts'
import type { StackRecord } from './record.ts'
import type { ListedStack } from './store.ts'

export function toSummary(stack: ListedStack): StackSummary {
  return present({
    stack_name: stack.name,
    description: stack.description,
    stack_id: stack.id,
    status: stack.status,
    create_time: wireTime(stack.createdAt),
    update_time: wireTime(stack.updatedAt),
    status_message: isFailed(stack.status) ? stack.statusMessage : undefined,
  })
}

export function toMetadata(stack: StackRecord, variables: Variables): StackMetadata {
  return present({
    ...toSummary(stack),
    vars_structure: variables.structure && [...variables.structure],
    vars_body: variables.body,
    vars_uri_content: variables.uriContent,
    enable_deletion_protection: stack.enableDeletionProtection,
    enable_auto_rollback: stack.enableAutoRollback,
    agencies: stack.agencies?.length ? [...stack.agencies] : undefined,
  })
}

export function toEvent(event: StoredEvent): StackEvent {
  const { resource } = event
  return present({
    resource_type: resource?.type,
    resource_name: resource?.name,
    resource_id_key: resource?.idKey,
    resource_id_value: resource?.idValue,
    resource_key: resource?.key,
    time: wireTime(event.time),
    event_type: event.type,
    event_message: event.message,
    elapsed_seconds: event.elapsedSeconds === undefined ? undefined : Math.round(event.elapsedSeconds),
  })
}

/** @param brief while a job runs: names, ids and status only `[ListStackResources]` */
export function toResource(resource: ShownResource, brief: boolean): StackResource {
  return present({
    physical_resource_id: resource.id,
    physical_resource_name: resource.physicalName,
    logical_resource_name: resource.name,
    logical_resource_type: resource.type,
    index_key: brief ? undefined : resource.key,
    resource_status: resource.status,
    status_message: brief ? undefined : resource.statusMessage,
    resource_attributes: brief ? undefined : resource.attributes,
  })
}

export function toOutput({ name, description, type, value, sensitive }: Output): StackOutput {
  return present({ name, description, type, value, sensitive })
}
