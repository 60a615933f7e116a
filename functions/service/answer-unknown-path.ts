import { operations } from '../../shared/contract/index.ts'
import { AnswerUnknownPath } from '../../shared/contract/service.ts'
import { unknownRoute } from '../../shared/contract/unknown-route.ts'
import { type ApiHandler, serve } from '../../shared/http/serve.ts'

/** `stacks` of `/v1/{project_id}/stacks/{stack_name}`. */
const collectionOf = (path: string) => path.split('/')[3]
const rfsCollections = new Set(operations.flatMap(({ dialect, path }) => (dialect ? [] : [collectionOf(path)])))

const inHeatsWords = serve(AnswerUnknownPath, {}, async () => ({ body: unknownRoute }))
const inRfsWords = serve({ ...AnswerUnknownPath, dialect: 'rfs' }, {}, async () => ({ body: unknownRoute }))

/** Who is not known is refused in the words of the paths around. */
export const handler: ApiHandler = (event, context) => {
  const [collection] = (event.pathParameters?.unknown_path ?? '').split('/')
  return (rfsCollections.has(collection) ? inRfsWords : inHeatsWords)(event, context)
}
