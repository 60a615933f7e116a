/** The engine's addresses, such as `module.net["a"].terraform_data.rule[0]`. */
import type { EventResource } from './protocol.ts'

/** Type, name and key of the resource at the end of an address; modules before it may have keys of their own. */
const resourcePart = /(?:^|\.)([A-Za-z_][\w-]*)\.([A-Za-z_][\w-]*)(?:\[(\d+|"(?:[^"\\]|\\.)*")\])?$/

/** The resource that an address names; undefined for what is not a resource's address. */
export function resourceAt(address: string): EventResource | undefined {
  const [, type, name, key] = resourcePart.exec(address) ?? []
  if (type === undefined || name === undefined || type === 'module') return undefined
  return { address, type, name, ...(key === undefined ? {} : { key: String(JSON.parse(key)) }) }
}
