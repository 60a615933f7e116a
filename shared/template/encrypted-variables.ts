/**
 * Variables whose value is given encrypted (`encryption.kms`). `cipher_text` is a data key that the key `id` has wrapped,
 * `var_value` the value under that data key (see `SealedSecret`). Both are bound to the project and to the variable: an
 * entry that somebody saw in one project cannot be read in another one, nor as another variable. The API reference leaves
 * cipher and encoding open `[CreateStack]`.
 */
import { type KeyService, openSecret, sealSecret } from '../auth/secrets.ts'
import type { Variable } from '../contract/fields.ts'

/** The purpose that KMS sees in the context of a data key; the grants of the worker name it, too. */
export const encryptedVariablePurpose = 'encrypted-variable'

/** Finds the service of a key by the key's id. */
export type KeysById = (keyId: string) => KeyService

/** A variable that cannot be decrypted; the message names it and holds nothing of its value. */
export class VariableUnreadable extends Error {
  constructor(name: string, options: { cause: unknown }) {
    super(
      `The variable ${name} could not be decrypted: its key, its cipher_text or its value does not fit this project and this variable.`,
      options,
    )
    this.name = 'VariableUnreadable'
  }
}

export interface OpenedVariables {
  readonly structure: { key: string; value: string }[]
  /** Values that were encrypted. */
  readonly secrets: string[]
}

const contextOf = (project: string, variable: string) => ({ purpose: encryptedVariablePurpose, project, variable })

/** Characters that the API takes for a value. */
const longestValue = 2048

/**
 * The entry of `vars_structure` that holds the value encrypted.
 * @throws Error when the value is too long for the API, or the key cannot be used
 */
export async function encryptVariable(
  keys: KeysById,
  { project, name, keyId }: { project: string; name: string; keyId: string },
  value: string,
): Promise<Variable> {
  const { wrappedKey, content } = await sealSecret(keys(keyId), value, contextOf(project, name))
  if (content.length > longestValue) {
    throw new Error(`the encrypted value has ${content.length} characters, the API takes at most ${longestValue}`)
  }
  return { var_key: name, var_value: content, encryption: { kms: { id: keyId, cipher_text: wrappedKey } } }
}

/** The variables as the engine gets them. @throws VariableUnreadable */
export async function openVariables(
  keys: KeysById,
  project: string,
  variables: readonly Variable[],
): Promise<OpenedVariables> {
  const structure = await Promise.all(
    variables.map(async (variable) => ({ key: variable.var_key, value: await clearValue(keys, project, variable) })),
  )
  const secrets = structure.filter((_, at) => variables[at]?.encryption).map(({ value }) => value)
  return { structure, secrets }
}

async function clearValue(
  keys: KeysById,
  project: string,
  { var_key, var_value, encryption }: Variable,
): Promise<string> {
  if (!encryption) return var_value
  const { id, cipher_text: wrappedKey } = encryption.kms
  try {
    return await openSecret(keys(id), { wrappedKey, content: var_value }, contextOf(project, var_key))
  } catch (cause) {
    throw new VariableUnreadable(var_key, { cause })
  }
}
