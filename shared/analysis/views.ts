/** Declarations -> the wire's form. Keys without a value are left out. */
import { RfsError } from '../contract/errors.ts'
import type { TemplateVariable } from '../contract/template-analyses.ts'
import { present } from '../http/wire.ts'
import type { Declaration } from './declaration.ts'
import { typeText } from './type-text.ts'
import { toJson } from './value.ts'

/** A Lambda response holds 6 MB, with the answer as a text in it. */
const largestAnswerBytes = 5_800_000

/** @throws RfsError `TemplateInvalid` when no answer can hold them */
export function toVariables(declarations: readonly Declaration[]): TemplateVariable[] {
  const variables = declarations.map(toVariable)
  if (Buffer.byteLength(JSON.stringify(JSON.stringify(variables))) > largestAnswerBytes) {
    throw new RfsError('TemplateInvalid', `The variables take more than the ${largestAnswerBytes} bytes of an answer.`)
  }
  return variables
}

function toVariable(declaration: Declaration): TemplateVariable {
  const { name, type, description, default: initial, validations } = declaration
  return present({
    name,
    type: type && typeText(type),
    description,
    default: initial && toJson(initial.value),
    sensitive: declaration.isSensitive ?? false,
    nullable: declaration.isNullable ?? true,
    validations:
      validations.length > 0
        ? validations.map(({ condition, errorMessage }) => ({ condition, error_message: errorMessage }))
        : undefined,
  })
}
