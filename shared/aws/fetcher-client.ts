/** Invoking the fetcher: one plain signed request, as the client of Lambda would be a fifth of every function that has it. */
import { AwsClient } from 'aws4fetch'
import { FetchAnswer, type FetchRequest } from '../fetch/protocol.ts'
import { awsRuntime, readEnvironment } from './environment.ts'

export interface FetcherClient {
  /** @throws Error when the fetcher itself fails; an address that it refuses is an answer */
  fetch(request: FetchRequest): Promise<FetchAnswer>
}

/** Opens the fetcher that the environment names. */
export function openFetcherClient(): FetcherClient {
  const { FETCHER_FUNCTION_NAME: name } = readEnvironment('FETCHER_FUNCTION_NAME')
  const { region, accessKeyId, secretAccessKey, sessionToken, lambdaEndpoint } = awsRuntime()
  const aws = new AwsClient({ accessKeyId, secretAccessKey, sessionToken, region, service: 'lambda', retries: 2 })
  const root = lambdaEndpoint ?? `https://lambda.${region}.amazonaws.com`
  return {
    fetch: async (request) => {
      const response = await aws.fetch(`${root}/2015-03-31/functions/${name}/invocations`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(request),
      })
      if (!response.ok || response.headers.has('x-amz-function-error')) {
        await response.body?.cancel()
        throw new Error(`the fetcher could not be asked: Lambda answered ${response.status}`)
      }
      return FetchAnswer.parse(await response.json())
    },
  }
}
