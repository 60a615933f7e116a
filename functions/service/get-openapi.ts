import { operations } from '../../shared/contract/index.ts'
import { openapiDocument } from '../../shared/contract/openapi.ts'
import { GetOpenapi } from '../../shared/contract/service.ts'
import { serve } from '../../shared/http/serve.ts'

export const handler = serve(GetOpenapi, { document: () => openapiDocument(operations) }, async ({ document }) => ({
  body: document,
}))
