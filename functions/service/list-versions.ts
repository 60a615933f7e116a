import { ListVersions } from '../../shared/contract/service.ts'
import { serve } from '../../shared/http/serve.ts'

export const handler = serve(ListVersions, {}, async (_, { baseUrl }) => ({
  body: { versions: [{ id: 'v1.0', links: [{ href: `${baseUrl}/v1/`, rel: 'self' }], status: 'CURRENT' }] },
}))
