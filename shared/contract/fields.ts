/**
 * The fields that several operations share, with the limits of the API reference.
 * The text given to a check is the catalogue name of the error that its violation answers with.
 */
import * as z from 'zod/mini'

/**
 * Text of `min` to `max` characters.
 * @param absent what its absence answers with, where that is not simply a missing parameter
 */
export function text(min: number, max: number, absent?: 'NothingToChange') {
  return z
    .string({ error: ({ input }) => (input === undefined ? absent : undefined) })
    .check(z.minLength(min, 'TooShort'), z.maxLength(max, 'TooLong'))
}

/** A name: letters, digits, `_` and `-`, first a letter `[CreateStack]`. */
export const name = text(1, 128).check(z.regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'NameInvalid'))

/** An id that the service made; a different one than the named object's is refused `[ContinueDeployStack]`. */
export const id = text(36, 36).check(z.regex(/^[a-z0-9]+[a-z0-9-]*$/, 'IdInvalid'))

export const projectId = text(3, 64).check(z.regex(/^[A-Za-z0-9-]+$/, 'ProjectIdInvalid'))

/** `Client-Request-Id` `[CreateStack]`: traces a request, and lets a client repeat one whose answer it lost. */
export const clientRequestId = text(36, 128).check(z.regex(/^[A-Za-z0-9]+[A-Za-z0-9-]*$/, 'NotLettersDigitsHyphens'))

export const description = text(0, 1024)

/** RFC 3339 UTC to the second `[GetStackMetadata]`. */
export const time = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/))

/** Paging as Huawei has it: pages of 10 to 1000, followed by an opaque marker. */
export const paging = {
  marker: z.optional(text(1, 512)),
  limit: z.optional(z.int('NotAnInteger').check(z.minimum(10, 'TooShort'), z.maximum(1000, 'TooLong'))),
}

export const pageInfo = z.object({
  /** Present when more results exist. */
  next_marker: z.optional(z.string()),
  previous_marker: z.optional(z.string()),
  current_count: z.int(),
})

const agencyUrn = /^(iam:\*?:[A-Za-z0-9-]{1,64}:agency:.{1,64}|arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512})$/

/** Provider -> agency; exactly one of `agency_name` and `agency_urn` `[CreateStack]`. */
export const agency = z
  .strictObject({
    provider_name: text(1, 128),
    agency_name: z.optional(text(1, 64).check(z.regex(/^[^#]*$/, 'AccountWithOctothorpe'))),
    agency_urn: z.optional(z.string().check(z.regex(agencyUrn, 'NotLettersDigitsHyphens'))),
  })
  .check(
    z.refine((given) => given.agency_name !== undefined || given.agency_urn !== undefined, 'MissingParameter'),
    z.refine((given) => given.agency_name === undefined || given.agency_urn === undefined, 'DuplicateField'),
  )
export type Agency = z.infer<typeof agency>

export const agencies = z.array(agency).check(
  z.maxLength(10, 'TooLong'),
  z.refine((list) => new Set(list.map((entry) => entry.provider_name)).size === list.length, 'ProviderNameTwice'),
)

const kmsEncryption = z.strictObject({
  kms: z.strictObject({
    id: text(36, 36).check(z.regex(/^[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}$/, 'IdInvalid')),
    cipher_text: text(2, 2048),
  }),
})

export const variable = z.strictObject({
  var_key: text(1, 32).check(z.regex(/^[a-zA-Z][a-zA-Z0-9_-]*$/, 'VarKeyInvalid')),
  var_value: text(0, 2048),
  encryption: z.optional(kmsEncryption),
})
export type Variable = z.infer<typeof variable>

const templateUri = /^https?:\/\/\S*(\.tf|\.tf\.json|\.zip)(\?\S+)?$/
const varsUri = /^https?:\/\/\S*\.tfvars(\?\S+)?$/

/** An address; the empty text counts as absent. */
function address(pattern: RegExp, errorName: string, longest = 2048) {
  return text(0, longest).check(z.refine((value) => value === '' || pattern.test(value), errorName))
}

export const template = {
  template_body: z.optional(text(0, 51200)),
  template_uri: z.optional(address(templateUri, 'TemplateUriInvalid')),
}

/** A version may be added from a shorter address only `[CreateTemplateVersion]`. */
export const versionTemplate = {
  ...template,
  template_uri: z.optional(address(templateUri, 'TemplateUriInvalid', 1024)),
}

export const variables = {
  vars_structure: z.optional(z.array(variable, 'NotAnArray').check(z.maxLength(100, 'TooLong'))),
  vars_body: z.optional(z.string().check(z.maxLength(51200, 'VarsBodyTooLong'))),
  vars_uri: z.optional(address(varsUri, 'VarsUriInvalid')),
}

/** Who may use a pre-signed link; taken to be refused in words, as the store of this service cannot tell. */
export const linkRestrictions = {
  access_control_source_ips: z.optional(z.array(z.string())),
  access_control_source_vpc_ids: z.optional(z.array(z.string())),
}

/** What a template and its variables look like in the body of every operation that takes them. */
export interface TemplateInput {
  template_body?: string | undefined
  template_uri?: string | undefined
  vars_structure?: Variable[] | undefined
  vars_body?: string | undefined
  vars_uri?: string | undefined
}

/** `template_body` and `template_uri` exclude each other `[CreateStack]`; the empty text counts as absent. */
export const notBothTemplates = z.refine<TemplateInput>(
  (body) => !(body.template_body && body.template_uri),
  'TemplateGivenTwice',
)

/** Where a template is needed, one of the two must be there `[DeployStack]`. */
export const oneTemplate = z.refine<TemplateInput>(
  (body) => Boolean(body.template_body || body.template_uri),
  'TemplateMissing',
)
