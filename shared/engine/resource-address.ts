/** The engine's addresses, such as `module.net["a"].terraform_data.rule[0]`. */
import type { EventResource } from './protocol.ts'

/** Type, name and key of the resource at the end of an address; modules before it may have keys of their own. */
const resourcePart = /(?:^|\.)([A-Za-z_][\w-]*)\.([A-Za-z_][\w-]*)(?:\[(\d+|"(?:[^"\\]|\\.)*")\])?$/

/** The address of another resource of the same type in the same module; undefined for what is not a resource's address. */
export function siblingAddress(address: string, name: string): string | undefined {
  const match = resourcePart.exec(address)
  if (!match) return undefined
  const begin = match.index + (match[0].startsWith('.') ? 1 : 0)
  return `${address.slice(0, begin)}${match[1]}.${name}`
}

/** The resource that an address names; undefined for what is not a resource's address. */
export function resourceAt(address: string): EventResource | undefined {
  const [, type, name, key] = resourcePart.exec(address) ?? []
  if (type === undefined || name === undefined || type === 'module') return undefined
  return { address, type, name, ...(key === undefined ? {} : { key: String(JSON.parse(key)) }) }
}

/** The address of the module that a resource is in; undefined for one of the root module. */
export function moduleAddress(address: string): string | undefined {
  return address.slice(0, resourcePart.exec(address)?.index ?? 0) || undefined
}
