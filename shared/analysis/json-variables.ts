/** The `variable` blocks of a file in JSON syntax, whose values stand for themselves. Source: the engine's "JSON Syntax". */
import type { TemplateFile } from '../engine/protocol.ts'
import { present } from '../http/wire.ts'
import { JsonFault, type JsonMember, type JsonNode, type JsonPlace, jsonTree } from '../template/json-tree.ts'
import { parseDecimal } from './decimal.ts'
import { checkName, type Declaration, type Validation } from './declaration.ts'
import { expressionsOf, partsOf, withHclFile } from './hcl-file.ts'
import { asBool } from './operators.ts'
import { type Place, TemplateProblem } from './problem.ts'
import { type Budget, newScope } from './scope.ts'
import { readType, type Type } from './type.ts'
import { normalText, scalarText, type Value } from './value.ts'

interface JsonFile {
  readonly path: string
  readonly budget: Budget
}

/** @throws TemplateProblem when the file is no JSON, or a variable says what the engine refuses */
export async function variablesInJson({ path, content }: TemplateFile, budget: Budget): Promise<Declaration[]> {
  const file = { path, budget }
  const declarations: Declaration[] = []
  for (const variable of membersOf(treeOf(path, content)).filter(({ name }) => name === 'variable')) {
    for (const { name, value, ...place } of membersOf(variable.value)) {
      for (const body of bodiesOf(value))
        declarations.push(await declarationOf(name, { file: path, ...place }, body, file))
    }
  }
  return declarations
}

function treeOf(path: string, content: string): JsonNode {
  try {
    return jsonTree(content)
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    throw new TemplateProblem('syntax', { file: path, ...error.place }, error.message)
  }
}

const placeOf = ({ line, column }: JsonPlace, { path }: JsonFile): Place => ({ file: path, line, column })

function refuse(file: JsonFile, at: JsonPlace, text: string): never {
  throw new TemplateProblem('content', placeOf(at, file), text)
}

/** The members of an object, or of all objects in a list, as the engine takes both for blocks. */
function membersOf(node: JsonNode): readonly JsonMember[] {
  return bodiesOf(node).flatMap((body) => (body.kind === 'object' ? body.members : []))
}

function bodiesOf(node: JsonNode): readonly JsonNode[] {
  if (node.kind === 'array') return node.items.flatMap(bodiesOf)
  return node.kind === 'object' ? [node] : []
}

async function declarationOf(name: string, place: Place, body: JsonNode, file: JsonFile): Promise<Declaration> {
  checkName(name, place)
  const given = argumentsOf(body, file)
  const [type, initial, description] = [given.get('type'), given.get('default'), given.get('description')]
  const truth = (node: JsonNode | undefined) =>
    node && (asBool(jsonValue(node, file)) ?? refuse(file, node, 'true or false is needed here'))
  const validation = given.get('validation')
  return present({
    name: normalText(name),
    place,
    description: description && textOf(description, file),
    type: type && (await typeOf(type, file)),
    default: initial && { value: jsonValue(initial, file), place: placeOf(initial, file) },
    isSensitive: truth(given.get('sensitive')),
    isNullable: truth(given.get('nullable')),
    validations: validation ? bodiesOf(validation).map((each) => validationOf(each, file)) : [],
  })
}

/** Arguments by their names. */
function argumentsOf(body: JsonNode, file: JsonFile): Map<string, JsonNode> {
  const given = new Map<string, JsonNode>()
  for (const { name, value, ...place } of membersOf(body)) {
    if (given.has(name)) refuse(file, place, `${name} is set twice`)
    given.set(name, value)
  }
  return given
}

function jsonValue(node: JsonNode, file: JsonFile): Value {
  file.budget.left -= 1
  if (file.budget.left < 0) refuse(file, node, 'the values of the variables are too large to be read')
  if (node.kind === 'string') return normalText(node.text)
  if (node.kind === 'array') return node.items.map((item) => jsonValue(item, file))
  if (node.kind === 'object') return objectOf(node.members, file)
  if (node.text === 'null') return null
  if (node.text === 'true' || node.text === 'false') return node.text === 'true'
  return parseDecimal(node.text) ?? refuse(file, node, 'this number has too many digits')
}

function objectOf(members: readonly JsonMember[], file: JsonFile): Value {
  const object = new Map<string, Value>()
  for (const { name, value, ...place } of members) {
    const key = normalText(name)
    if (object.has(key)) refuse(file, place, `two elements have the key ${JSON.stringify(key)}`)
    object.set(key, jsonValue(value, file))
  }
  return object
}

function textOf(node: JsonNode, file: JsonFile): string {
  return scalarText(jsonValue(node, file)) ?? refuse(file, node, 'a text is needed here')
}

/** Types are texts here, with the same words in them. */
async function typeOf(node: JsonNode, file: JsonFile): Promise<Type> {
  const text = textOf(node, file)
  try {
    return await withHclFile({ path: file.path, content: `type = ${text}\n` }, (body, hcl) => {
      const [type, ...more] = body ? partsOf(body) : []
      if (type?.type !== 'attribute' || more.length > 0) return refuse(file, node, `${JSON.stringify(text)} is no type`)
      return readType(expressionsOf(type)[0]!, newScope(hcl, file.budget))
    })
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error
    return refuse(file, node, error.kind === 'syntax' ? `${JSON.stringify(text)} is no type` : error.reason)
  }
}

function validationOf(body: JsonNode, file: JsonFile): Validation {
  const given = argumentsOf(body, file)
  const [condition, message] = [given.get('condition'), given.get('error_message')]
  if (!condition || !message) return refuse(file, body, 'a validation needs a condition and an error_message')
  const text = condition.kind === 'string' ? condition.text : `\${${textOf(condition, file)}}`
  return { condition: text, errorMessage: textOf(message, file) }
}
