/** Finds the method of the REST API that a request is for. */
import type { Route } from './api-model.ts'

export type RouteMatch = {
  route: Route
  /** Decoded; undefined for a path that has none. */
  pathParameters: Record<string, string> | undefined
}

type Node = {
  literals: Map<string, Node>
  parameter: { name: string; node: Node } | undefined
  greedy: { name: string; node: Node } | undefined
  methods: Map<string, Route>
}

/**
 * A part of a path matches a literal before a parameter and a parameter before `{proxy+}`; a method before `ANY`.
 * A slash at the end makes no difference, as on API Gateway.
 * @returns a function of the method and the raw path; its answer is undefined when the API has no such method
 */
export function createRouteMatcher(routes: Route[]): (method: string, path: string) => RouteMatch | undefined {
  const root = createNode()
  for (const route of routes) insert(root, route)
  return (method, path) => {
    const parts = path === '/' ? [] : path.replace(/\/$/, '').slice(1).split('/')
    const found = path.startsWith('/') ? find(root, parts, method) : undefined
    if (!found) return undefined
    const parameters = found.parameters.map(([name, value]) => [name, decodeURIComponent(value)] as const)
    return { route: found.route, pathParameters: parameters.length > 0 ? Object.fromEntries(parameters) : undefined }
  }
}

const createNode = (): Node => ({ literals: new Map(), parameter: undefined, greedy: undefined, methods: new Map() })

function insert(root: Node, route: Route): void {
  let node = root
  for (const part of route.resourcePath.split('/').filter(Boolean)) node = childFor(node, part)
  node.methods.set(route.method, route)
}

function childFor(node: Node, part: string): Node {
  const name = /^\{(.+?)\+?\}$/.exec(part)?.[1]
  if (name === undefined) {
    const child = node.literals.get(part) ?? createNode()
    node.literals.set(part, child)
    return child
  }
  const kind = part.endsWith('+}') ? 'greedy' : 'parameter'
  node[kind] ??= { name, node: createNode() }
  return node[kind].node
}

type Found = { route: Route; parameters: [string, string][] }

function find(node: Node, parts: string[], method: string): Found | undefined {
  const [part, ...rest] = parts
  if (part === undefined) {
    const route = node.methods.get(method) ?? node.methods.get('ANY')
    return route && { route, parameters: [] }
  }
  const literal = node.literals.get(part)
  const exact = literal && find(literal, rest, method)
  if (exact || part === '') return exact
  const { parameter, greedy } = node
  const single = parameter && find(parameter.node, rest, method)
  if (parameter && single) return { ...single, parameters: [[parameter.name, part], ...single.parameters] }
  const all = greedy && find(greedy.node, [], method)
  return greedy && all && { ...all, parameters: [[greedy.name, parts.join('/')]] }
}
