/** Declarations -> the wire's form. Keys without a value are left out. */
import type { TemplateVariable } from '../contract/template-analyses.ts'
import { present } from '../http/wire.ts'
import type { Declaration } from './declaration.ts'
import { typeText } from './type-text.ts'
import { toJson } from './value.ts'

export function toVariable(declaration: Declaration): TemplateVariable {
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
