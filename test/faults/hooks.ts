/**
 * Loads the service's own code into a simulated world: packages that lead to the outside are replaced by the simulation, the
 * guard by one that knows everybody, and nothing else is. A mutation edits the text of one file while it is loaded.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutations.ts'

const here = (path: string) => new URL(path, import.meta.url).href
const root = new URL('../../', import.meta.url)

const packages: Readonly<Record<string, string>> = {
  '@aws-sdk/client-dynamodb': here('./sdk/client-dynamodb.ts'),
  '@aws-sdk/client-sqs': here('./sdk/client-sqs.ts'),
  '@aws-sdk/client-lambda': here('./sdk/client-lambda.ts'),
  aws4fetch: here('./sdk/aws4fetch.ts'),
  'node:timers/promises': here('./sdk/timers-promises.ts'),
}

const files: Readonly<Record<string, string>> = {
  [new URL('shared/auth/guard.ts', root).href]: here('./sdk/guard.ts'),
}

/**
 * The text of a file with one place of it changed.
 * @throws Error when the place is not there exactly once: then the mutation tests nothing any more
 */
export function mutated({ name, file, from, to }: Mutation, text: string): string {
  const parts = text.split(from)
  if (parts.length !== 2) {
    throw new Error(`mutation "${name}": its text stands ${parts.length - 1} times in ${file}; adapt it to the code`)
  }
  return parts.join(to)
}

/** Whether a module is the service's own. */
function isService(url: string | undefined): boolean {
  return ['shared/', 'functions/'].some((folder) => url?.startsWith(new URL(folder, root).href))
}

/** Once per process, before the service is loaded. */
export function loadSimulated(mutation?: Mutation): void {
  const mutatedUrl = mutation && new URL(mutation.file, root).href
  // Also a file that is never loaded must have the place.
  if (mutation && mutatedUrl) mutated(mutation, readFileSync(fileURLToPath(mutatedUrl), 'utf8'))
  registerHooks({
    resolve: (specifier, context, next) => {
      // The simulation itself takes the real commands and errors from the real packages.
      const replacement = isService(context.parentURL) ? packages[specifier] : undefined
      if (replacement) return { url: replacement, shortCircuit: true }
      const resolved = next(specifier, context)
      const other = files[resolved.url]
      return other ? { url: other, shortCircuit: true } : resolved
    },
    load: (url, context, next) => {
      const loaded = next(url, context)
      if (!mutation || url !== mutatedUrl) return loaded
      return { ...loaded, source: mutated(mutation, String(loaded.source)) }
    },
  })
}
