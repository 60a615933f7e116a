import { ShowBuildInfo } from '../../shared/contract/service.ts'
import { serve } from '../../shared/http/serve.ts'

const unknown = { revision: 'unknown' }

export const handler = serve(ShowBuildInfo, {}, async () => ({ body: { api: unknown, engine: unknown } }))
