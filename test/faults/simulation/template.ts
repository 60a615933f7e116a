/** Templates of the simulated engine: JSON, as the real engine reads it, of two types of resources. */

/** `sim_thing` is updated in place and can be imported; `sim_fixed` is replaced and cannot. */
export const resourceTypes = ['sim_thing', 'sim_fixed'] as const
export type ResourceType = (typeof resourceTypes)[number]

export interface TemplateResource {
  readonly type: ResourceType
  readonly name: string
  readonly input: string
  /** How long an operation on it takes. */
  readonly seconds: number
  /** How often its creation fails before it succeeds. */
  readonly failures: number
  /** How often its deletion fails. */
  readonly stuck: number
}

type Attributes = Omit<TemplateResource, 'type' | 'name'>

export const isImportable = (type: string) => type === 'sim_thing'

export function templateText(resources: readonly TemplateResource[]): string {
  const byType = Map.groupBy(resources, ({ type }) => type)
  const blocks = [...byType].map(([type, all]) => [
    type,
    Object.fromEntries(all.map(({ type: _type, name, ...attributes }) => [name, attributes])),
  ])
  return JSON.stringify({ resource: Object.fromEntries(blocks) })
}

export function parseTemplate(text: string): TemplateResource[] {
  const template = JSON.parse(text) as { resource: Record<string, Record<string, Attributes>> }
  return Object.entries(template.resource).flatMap(([type, blocks]) =>
    Object.entries(blocks).map(([name, attributes]) => ({ type: type as ResourceType, name, ...attributes })),
  )
}

export const typeIn = (address: string) => address.split('.')[0] ?? ''
export const addressOf = ({ type, name }: { type: string; name: string }) => `${type}.${name}`
