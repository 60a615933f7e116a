/**
 * Credentials of a project for its agencies: variables of a provider, kept encrypted under the project, the provider and the
 * name of the agency. Only an operator writes them; only the worker reads them, at the time of a job.
 */
import * as z from 'zod/mini'
import { type KeyService, openSecret, sealSecret } from '../auth/secrets.ts'
import type { Item, Table } from '../aws/table.ts'
import { variablesProblem } from './provider-variables.ts'

/** The purpose that KMS sees in the context of a data key; the grants of the worker name it, too. */
export const agencySecretPurpose = 'agency'

export interface AgencyPlace {
  readonly project: string
  readonly provider: string
  readonly agency: string
}

const Stored = z.object({
  provider: z.string(),
  agency: z.string(),
  /** Names of the variables; their values are in `secret`. */
  names: z.array(z.string()),
  secret: z.object({ wrappedKey: z.string(), content: z.string() }),
  updatedAt: z.string(),
})
export type AgencyEntry = Omit<z.infer<typeof Stored>, 'secret'>

const Values = z.record(z.string(), z.string())
export type AgencyValues = z.infer<typeof Values>

export interface AgencySecrets {
  /** Writes new values in the place of the old ones. @throws Error with a sentence when a variable is not allowed */
  set(place: AgencyPlace, values: AgencyValues, now: Date): Promise<void>
  /** @throws Error when what is stored cannot be decrypted */
  find(place: AgencyPlace): Promise<AgencyValues | undefined>
  /** Without values, by provider and name. */
  list(project: string): Promise<AgencyEntry[]>
  /** False when there is none. */
  remove(place: AgencyPlace): Promise<boolean>
}

const prefix = 'SECRET#'
/** Providers and agencies have no `#` in their names, see `checkPlace`. */
const keyOf = ({ project, provider, agency }: AgencyPlace) => ({
  pk: `PROJECT#${project}`,
  sk: `${prefix}${provider}#${agency}`,
})
const contextOf = ({ project, provider, agency }: AgencyPlace) => ({
  purpose: agencySecretPurpose,
  project,
  provider,
  agency,
})

function checkPlace({ agency }: AgencyPlace): void {
  if (!/^[^#]{1,64}$/.test(agency)) throw new Error('the name of an agency has 1 to 64 characters and no #')
}

async function itemsOf(table: Table, project: string): Promise<Item[]> {
  const items: Item[] = []
  let after: Item | undefined
  do {
    const page = await table.query({
      condition: {
        text: 'pk = :pk AND begins_with(sk, :prefix)',
        values: { ':pk': `PROJECT#${project}`, ':prefix': prefix },
      },
      ...(after ? { after } : {}),
    })
    items.push(...page.items)
    after = page.next
  } while (after)
  return items
}

export function openAgencySecrets(table: Table, keys: () => KeyService): AgencySecrets {
  return {
    set: async (place, values, now) => {
      checkPlace(place)
      const problem = variablesProblem(place.provider, values)
      if (problem !== undefined) throw new Error(problem)
      const secret = await sealSecret(keys(), JSON.stringify(values), contextOf(place))
      const { provider, agency } = place
      const names = Object.keys(values).sort()
      await table.put({ ...keyOf(place), provider, agency, names, secret, updatedAt: now.toISOString() })
    },
    find: async (place) => {
      const item = await table.get(keyOf(place))
      if (!item) return undefined
      return Values.parse(JSON.parse(await openSecret(keys(), Stored.parse(item).secret, contextOf(place))))
    },
    list: async (project) =>
      (await itemsOf(table, project)).map((item) => {
        const { secret: _, ...entry } = Stored.parse(item)
        return entry
      }),
    remove: (place) => table.delete(keyOf(place), { text: 'attribute_exists(pk)' }),
  }
}
