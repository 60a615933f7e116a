/** The `variable` blocks of an HCL file. Arguments that no engine is known to have are left to the engine. */
import type { Node } from 'web-tree-sitter'
import type { TemplateFile } from '../engine/protocol.ts'
import { present } from '../http/wire.ts'
import { unescaped } from '../template/hcl-text.ts'
import { constant } from './constant.ts'
import { templateForm } from './constant-text.ts'
import { checkName, type Declaration, type Validation } from './declaration.ts'
import { type HclFile, partsOf, textOf, withHclFile } from './hcl-file.ts'
import { asBool } from './operators.ts'
import type { Place } from './problem.ts'
import { type Budget, newScope, refuse, type Scope } from './scope.ts'
import { readType } from './type.ts'
import { normalText, scalarText } from './value.ts'

/** @throws TemplateProblem when the file is no HCL, or a variable says what the engine refuses */
export function variablesInHcl(source: TemplateFile, budget: Budget): Promise<Declaration[]> {
  return withHclFile(source, (body, file) => {
    const scope = newScope(file, budget)
    return blocksOf(body, 'variable').map((block) => declarationOf(block, scope))
  })
}

function blocksOf(body: Node | undefined, type: string): Node[] {
  return body ? partsOf(body).filter((part) => part.type === 'block' && part.firstChild?.text === type) : []
}

const bodyOf = (block: Node) => partsOf(block).find(({ type }) => type === 'body')

const placeOf = ({ placeAt }: HclFile, { startIndex }: Node): Place => placeAt(startIndex)

function declarationOf(block: Node, scope: Scope): Declaration {
  const labels = partsOf(block).filter(({ type }, at) => at > 0 && (type === 'string_lit' || type === 'identifier'))
  const [label] = labels
  if (!label || labels.length > 1) return refuse(scope, block, 'a variable has one name')
  const name = labelText(label, scope.file)
  checkName(name, placeOf(scope.file, label))
  const body = bodyOf(block)
  const given = argumentsOf(body, scope)
  const truth = (argument: string) => truthOf(given.get(argument), scope)
  const [type, initial] = [given.get('type'), given.get('default')]
  return present({
    name,
    place: placeOf(scope.file, block),
    description: descriptionOf(given.get('description'), scope),
    type: type && readType(type, scope),
    default: initial && { value: constant(initial, scope), place: placeOf(scope.file, initial) },
    isSensitive: truth('sensitive'),
    isNullable: truth('nullable'),
    validations: blocksOf(body, 'validation').map((each) => validationOf(each, scope)),
  })
}

function labelText(label: Node, file: HclFile): string {
  return normalText(label.type === 'identifier' ? label.text : unescaped(textOf(file, label).slice(1, -1)))
}

/** Expressions of the arguments of a body. */
function argumentsOf(body: Node | undefined, scope: Scope): Map<string, Node> {
  const given = new Map<string, Node>()
  for (const attribute of body ? partsOf(body).filter(({ type }) => type === 'attribute') : []) {
    const [name, , expression] = partsOf(attribute)
    if (given.has(name!.text)) refuse(scope, attribute, `${name!.text} is set twice`)
    given.set(name!.text, expression!)
  }
  return given
}

function descriptionOf(expression: Node | undefined, scope: Scope): string | undefined {
  if (!expression) return undefined
  return scalarText(constant(expression, scope)) ?? refuse(scope, expression, 'the description must be a text')
}

function truthOf(expression: Node | undefined, scope: Scope): boolean | undefined {
  if (!expression) return undefined
  return asBool(constant(expression, scope)) ?? refuse(scope, expression, 'true or false is needed here')
}

function validationOf(block: Node, scope: Scope): Validation {
  const given = argumentsOf(bodyOf(block), scope)
  const [condition, message] = [given.get('condition'), given.get('error_message')]
  if (!condition || !message) return refuse(scope, block, 'a validation needs a condition and an error_message')
  return { condition: templateOf(condition, scope), errorMessage: messageOf(message, scope) }
}

/** An expression in the form that JSON templates have for it. */
function templateOf(expression: Node, scope: Scope): string {
  const parts = partsOf(expression)
  const text = parts.length === 1 && parts[0]!.type === 'template_expr' ? partsOf(parts[0]!)[0] : undefined
  return text ? templateForm(text, scope) : `\${${textOf(scope.file, expression)}}`
}

/** The text itself where it is plain, which most messages are. */
function messageOf(expression: Node, scope: Scope): string {
  const [term, ...rest] = partsOf(expression)
  const literal =
    term?.type === 'literal_value' && rest.length === 0 ? scalarText(constant(expression, scope)) : undefined
  return literal ?? templateOf(expression, scope)
}
