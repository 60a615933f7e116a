/** What the software configuration and deployment operations share. */
import * as z from 'zod/mini'
import type { HeatErrorName } from './heat-errors.ts'

/** No project has another id, so nothing is found in it. */
export const heatProjectId = z.string().check(z.regex(/^[\w-]{1,64}$/, 'NotFound'))

export const ProjectPath = z.object({ project_id: heatProjectId })

/** A second project that has all rights over one deployment. */
export const stackUserProject = z.nullish(z.string('Invalid').check(z.regex(/^[\w-]{0,64}$/, 'Invalid')))

/** Text for a column of so many characters; numbers and booleans are taken as the text that Heat makes of them. */
export function limitedText(maximum: number) {
  return z.union([z.string().check(z.maxLength(maximum, 'Invalid')), z.number(), z.boolean()], 'Invalid')
}

export const ReadErrors: readonly HeatErrorName[] = ['OtherProject', 'Forbidden', 'Fault']
export const WriteErrors: readonly HeatErrorName[] = [...ReadErrors, 'BadRequest', 'Invalid', 'LimitExceeded']
