/** What the declarations of the stack operations have in common. */
import * as z from 'zod/mini'
import type { ErrorName } from './errors.ts'
import { id, name, projectId, text } from './fields.ts'

export const ProjectPath = z.strictObject({ project_id: projectId })
export const StackPath = z.strictObject({ project_id: projectId, stack_name: name })
export const stackIdQuery = { stack_id: z.optional(id) }
export const StackQuery = z.strictObject(stackIdQuery)
export const NoQuery = z.strictObject({})

/** A body that only guards against a name that was re-used. */
export const StackIdBody = z.strictObject({ stack_id: z.optional(text(36, 36)) })
export const DeploymentRef = z.object({ deployment_id: id })
export const Nothing = z.undefined()

export const everywhere: readonly ErrorName[] = [
  'MissingParameter',
  'UnknownParameter',
  'TooLong',
  'TooShort',
  'SeveralInvalid',
  'WrongType',
  'Unauthenticated',
  'NotPermitted',
  'TooManyRequests',
  'Internal',
]
export const onStack: readonly ErrorName[] = [...everywhere, 'NameInvalid', 'StackNotFound', 'StackIdMismatch']
export const withBody: readonly ErrorName[] = ['BodyNotJson', 'StackBusy']
/** What may be wrong with a template, wherever one is taken. */
export const withTemplateAlone: readonly ErrorName[] = [
  'TemplateGivenTwice',
  'TemplateUriInvalid',
  'TemplateBodyInvalid',
  'TemplateInvalid',
  'TemplateExtensionUnknown',
  'TemplateFileTooLarge',
  'FileUnlikeExtension',
  'TemplateNotUtf8',
  'TemplateWithByteOrderMark',
  'ArchiveUnreadable',
  'ArchiveTooLarge',
  'ArchiveFilesTooLarge',
  'ArchiveFilesTooMany',
  'ArchiveWithVariables',
  'ArchiveWithoutTemplate',
  'ArchiveNameTooLong',
  'ArchivePathTooLong',
  'ArchivePathAbsolute',
  'ArchivePathSegment',
  'ArchivePathOutside',
]
export const withTemplate: readonly ErrorName[] = [
  ...withTemplateAlone,
  'VarsUriInvalid',
  'VarsUriUnusable',
  'VarsFileTooLarge',
  'VarsFileInvalid',
  'VarsBodyInvalid',
  'VarsBodyTooLong',
  'VarKeyInvalid',
  'DuplicateField',
]
