/** The policy on modules: local ones only, inside the template's folder, no more and no deeper than the limits. */
import { posix } from 'node:path'
import type { ModuleCall } from './policy-hcl.ts'
import { type Finding, maxModuleDepth, maxModules, quoted } from './policy-rules.ts'

/** What is not allowed among the module calls of all files of a template. */
export function refusedModules(calls: readonly ModuleCall[]): Finding[] {
  const refused = calls.flatMap((call) => {
    const construct = refusedSource(call)
    return construct ? [{ file: call.file, line: call.line, construct }] : []
  })
  return refused.length > 0 ? refused : exceededLimits(calls)
}

function refusedSource(call: ModuleCall): string | undefined {
  if (call.source === undefined) return 'module whose source is not a literal'
  if (!/^\.\.?\//.test(call.source)) return `module with the source ${quoted(call.source)}, which is not local,`
  return isOutside(folderOf(call)) ? `module with the source ${quoted(call.source)}, outside the template,` : undefined
}

/** The folder that a call means, relative to the template's. */
function folderOf({ file, source = '' }: ModuleCall): string {
  return posix.join(posix.dirname(file), source).replace(/\/$/, '')
}

function isOutside(folder: string): boolean {
  return folder === '..' || folder.startsWith('../')
}

/** Follows the calls as the engine does, one module for each; ends at the first that is too many or too deep. */
function exceededLimits(calls: readonly ModuleCall[]): Finding[] {
  const callsIn = Map.groupBy(calls, ({ file }) => posix.dirname(file))
  let count = 0
  const open = (callsIn.get('.') ?? []).map((call) => ({ call, depth: 1 }))
  for (let next = open.pop(); next; next = open.pop()) {
    const { call, depth } = next
    const at = { file: call.file, line: call.line }
    count += 1
    if (depth > maxModuleDepth)
      return [{ ...at, construct: `module at depth ${depth} (the limit is ${maxModuleDepth})` }]
    if (count > maxModules) return [{ ...at, construct: `module number ${count} (the limit is ${maxModules})` }]
    for (const inner of callsIn.get(folderOf(call)) ?? []) open.push({ call: inner, depth: depth + 1 })
  }
  return []
}
