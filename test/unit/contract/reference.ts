/**
 * The reference data that the contract is compared with: the published operations and error codes, compiled beside this
 * project and not part of it. Where they are not there, nothing can be compared, and the tests say so.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface ReferenceField {
  readonly name: string
  readonly type: string
  readonly required?: boolean
  readonly alwaysPresent?: boolean
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly timePrecision?: string
  readonly $ref?: string
  readonly items?: { readonly type: string; readonly $ref?: string }
}

export interface ReferenceOperation {
  readonly id: string
  readonly group: string
  readonly tier: string
  readonly method: string
  readonly path: string
  readonly headers: readonly ReferenceField[]
  readonly pathParams: readonly ReferenceField[]
  readonly queryParams: readonly ReferenceField[]
  readonly body: null | { readonly required: boolean; readonly fields: readonly ReferenceField[] }
  readonly success: {
    readonly status: number
    readonly headers: readonly { readonly name: string }[]
    readonly body: null | { readonly fields: readonly ReferenceField[] }
  }
  readonly errors: readonly { readonly status: number }[]
  /** Absent where none is published. */
  readonly iam?: { readonly action: string }
}

export interface Reference {
  readonly operations: readonly ReferenceOperation[]
  readonly schemas: Readonly<Record<string, { readonly fields: readonly ReferenceField[] }>>
}

export interface PublishedError {
  readonly status: number
  readonly code: string
  /** Null for a code that is known from a client only. */
  readonly message: string | null
}

const folder = '../shared/spec/rfs'

function read<Content>(file: string): Content | undefined {
  const path = fileURLToPath(new URL(`../../../${folder}/${file}`, import.meta.url))
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Content) : undefined
}

export const reference = read<Reference>('operations.json')
export const referenceErrors = read<readonly PublishedError[]>('errors.json')

/** The name of the test that stands for all those that cannot run. */
export const notThere = (file: string) => `nothing is compared, because ${folder}/${file} is not beside this project`

/** The fields of an object or of the entries of a list. */
export function referencedFields(field: ReferenceField, { schemas }: Reference): readonly ReferenceField[] | undefined {
  const name = (field.$ref ?? field.items?.$ref)?.slice('#/schemas/'.length)
  if (name === undefined) return undefined
  const schema = schemas[name]
  if (!schema) throw new Error(`the reference has no schema ${name}`)
  return schema.fields
}
