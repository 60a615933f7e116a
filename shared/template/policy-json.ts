/**
 * The policy on the JSON form of a template. Blocks are found by their place, whatever lists they are wrapped in; every
 * string and every name is read as a template, whether the engine evaluates it there or not.
 */
import { type JsonMember, type JsonNode, jsonTree } from './json-tree.ts'
import { type ModuleCall, type PolicyView, viewTemplateText } from './policy-hcl.ts'
import {
  type Finding,
  isRefusedProviderSource,
  refusedBlock,
  refusedProviders,
  type TemplateSource,
  typedBlocks,
} from './policy-rules.ts'

interface Text {
  readonly line: number
  readonly text: string
}

/** What is not allowed in a JSON file, and the modules that it calls. @throws SyntaxError when it is no JSON. */
export async function viewJson({ path, content }: TemplateSource): Promise<PolicyView> {
  const root = jsonTree(content)
  const findings: Finding[] = []
  const modules: ModuleCall[] = []
  const add = (line: number, construct: string | undefined) => {
    if (construct) findings.push({ file: path, line, construct })
  }
  for (const member of membersOf(root)) {
    for (const block of blocksOf(member)) {
      add(block.line, refusedBlock([], block.type, block.labels))
      checkBody(block, add)
      if (block.type === 'module') modules.push({ file: path, line: block.line, source: sourceOf(block.body) })
    }
  }
  for (const { line, text } of textsOf(root)) {
    if (!/[$%]\{/.test(text)) continue
    for (const finding of await viewTemplateText(text, path, line)) findings.push(finding)
  }
  return { findings, modules }
}

interface JsonBlock {
  readonly type: string
  readonly labels: readonly string[]
  readonly line: number
  readonly body: JsonNode
}

/** How many labels the engine's blocks have; all others have none. */
function labelCount(type: string): number {
  if (typedBlocks.has(type)) return 2
  return ['check', 'module', 'output', 'provider', 'variable'].includes(type) ? 1 : 0
}

function blocksOf({ name, line, value }: JsonMember): JsonBlock[] {
  let open: JsonBlock[] = [{ type: name, labels: [], line, body: value }]
  for (let left = labelCount(name); left > 0; left -= 1) {
    open = open.flatMap((block) =>
      membersOf(block.body).map((label) => ({
        ...block,
        labels: [...block.labels, label.name],
        line: label.line,
        body: label.value,
      })),
    )
  }
  return open
}

function checkBody({ type, body }: JsonBlock, add: (line: number, construct: string | undefined) => void): void {
  // The names in there are the author's own.
  if (type === 'locals') return
  for (const member of membersOf(body)) {
    // Data sources may stand in a check; everything else in a body is named by its own name alone, or by its labels.
    if (type === 'check' && typedBlocks.has(member.name)) {
      for (const block of blocksOf(member)) add(block.line, refusedBlock([type], block.type, block.labels))
    } else if (['dynamic', 'provisioner', 'backend'].includes(member.name)) {
      const labels = membersOf(member.value)
      for (const label of labels) add(label.line, refusedBlock([type], member.name, [label.name]))
      if (labels.length === 0) add(member.line, refusedBlock([type], member.name, []))
    } else if (member.name !== '//') {
      add(member.line, refusedBlock([type], member.name, []))
    }
    if (type === 'terraform' && member.name === 'required_providers') checkProviders(member.value, add)
  }
  if (type === 'provider') {
    const exec = allMembers(body).find(({ name }) => name === 'exec')
    if (exec) add(exec.line, 'exec in provider')
  }
}

function checkProviders(body: JsonNode, add: (line: number, construct: string | undefined) => void): void {
  for (const { name, line, value } of membersOf(body)) {
    const source = textsOf(value).find(({ text }) => isRefusedProviderSource(text))
    if (refusedProviders.has(name)) add(line, `provider ${name}`)
    else if (source) add(source.line, `provider ${JSON.stringify(source.text)}`)
  }
}

/** The members of an object, or of all objects in a list, as the engine takes both for blocks. */
function membersOf(node: JsonNode): readonly JsonMember[] {
  if (node.kind === 'object') return node.members
  return node.kind === 'array' ? node.items.flatMap(membersOf) : []
}

function allMembers(node: JsonNode): JsonMember[] {
  if (node.kind === 'object') return node.members.flatMap((member) => [member, ...allMembers(member.value)])
  return node.kind === 'array' ? node.items.flatMap(allMembers) : []
}

/** Every string, names included. */
function textsOf(node: JsonNode): Text[] {
  switch (node.kind) {
    case 'string':
      return [node]
    case 'array':
      return node.items.flatMap(textsOf)
    case 'object':
      return node.members.flatMap(({ name, line, value }) => [{ line, text: name }, ...textsOf(value)])
    default:
      return []
  }
}

function sourceOf(body: JsonNode): string | undefined {
  const sources = membersOf(body).filter(({ name }) => name === 'source')
  const [only] = sources
  const text = sources.length === 1 && only?.value.kind === 'string' ? only.value.text : undefined
  return text?.includes('${') || text?.includes('%{') ? undefined : text
}
