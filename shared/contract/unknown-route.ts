/** What is answered where there is nothing: by API Gateway itself, and by the function that stands in its place below a project. */
import * as z from 'zod/mini'

export const UnknownRoute = z.object({ error_code: z.string(), error_msg: z.string() })

export const unknownRoute: z.infer<typeof UnknownRoute> = {
  error_code: 'APIGW.0101',
  error_msg: 'The API does not exist or has not been published.',
}
