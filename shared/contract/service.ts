/** Operations about the service itself. */
import * as z from 'zod/mini'
import { operation } from './operation.ts'

export const GetOpenapi = operation({
  id: 'get-openapi',
  operationId: 'GetOpenapi',
  group: 'service',
  summary: 'Read the OpenAPI document of this service.',
  method: 'GET',
  path: '/openapi.json',
  access: [],
  request: { clientRequestId: 'optional' },
  success: { status: 200, meaning: 'The document.', body: z.looseObject({ openapi: z.string() }) },
  errors: ['Internal'],
})
