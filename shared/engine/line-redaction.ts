/**
 * Masks known secrets in whatever text a line of the runner carries besides messages. The views mask what the engine marks;
 * a value that the engine takes for an ordinary one, such as a decrypted variable, is known from the request alone, and can
 * turn up in any attribute, and by `for_each` even in an address. Pure.
 */
import type { EventResource, Output, PlanItem, ResourceInstance, RunnerLine } from './protocol.ts'
import type { Redaction } from './redaction.ts'

type Mask = Redaction['message']

/** The line with every occurrence of a secret masked. The result's and events' messages are masked where they are made. */
export function redactLine(line: RunnerLine, mask: Mask): RunnerLine {
  if (line.type === 'resource') return { ...line, resource: maskedInstance(line.resource, mask) }
  if (line.type === 'output') return { ...line, output: maskedOutput(line.output, mask) }
  if (line.type === 'item') return { ...line, item: maskedItem(line.item, mask) }
  if (line.type !== 'event' || !line.event.resource) return line
  return { ...line, event: { ...line.event, resource: maskedFields(line.event.resource, mask, ['idValue']) } }
}

/** Address and key, and the further fields named, as far as they are there. */
function maskedFields<Fields extends Pick<EventResource, 'address' | 'key'>>(
  fields: Fields,
  mask: Mask,
  more: readonly (keyof Fields)[],
): Fields {
  const changed: Partial<Fields> = {}
  for (const name of ['address', 'key', ...more] as const) {
    const text = fields[name as keyof Fields]
    if (typeof text === 'string') Object.assign(changed, { [name]: mask(text) })
  }
  return { ...fields, ...changed }
}

function maskedInstance(resource: ResourceInstance, mask: Mask): ResourceInstance {
  const attributes = resource.attributes.map(({ key, value }) => ({ key, value: mask(value) }))
  return { ...maskedFields(resource, mask, ['id', 'physicalName']), attributes }
}

function maskedOutput(output: Output, mask: Mask): Output {
  const { description } = output
  return {
    ...output,
    value: mask(output.value),
    ...(description === undefined ? {} : { description: mask(description) }),
  }
}

function maskedItem(item: PlanItem, mask: Mask): PlanItem {
  const attributes = item.attributes.map(({ name, previous, target }) => ({
    name,
    ...(previous === undefined ? {} : { previous: mask(previous) }),
    ...(target === undefined ? {} : { target: mask(target) }),
  }))
  return { ...maskedFields(item, mask, ['id', 'actionReason']), attributes }
}
