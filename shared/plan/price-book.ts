/**
 * The price book: what an operator says that resources cost. One for the whole service, in an item of its own that only an
 * operator writes. `examples/price-book.json` shows the form.
 */
import * as z from 'zod/mini'
import { openTable, type Table } from '../aws/table.ts'
import { chargeModes, currencies, periodTypes } from '../contract/enums.ts'

/** An argument of a resource by its name; parts of it by names and positions behind dots: `root_block_device.0.size`. */
const Path = z.string().check(z.regex(/^[A-Za-z_][\w-]*(?:\.[\w-]+)*$/, 'names and positions with dots between them'))
const Scalar = z.union([z.string(), z.number(), z.boolean()])

const periodsOf = {
  PRE_PAID: ['MONTH', 'YEAR', 'MB', 'GB'],
  POST_PAID: ['HOUR', 'DAY', 'BYTE', 'MB', 'GB'],
  FREE: [undefined],
} as const satisfies Record<(typeof chargeModes)[number], readonly ((typeof periodTypes)[number] | undefined)[]>

const Product = z
  .strictObject({
    /** Arguments and the values they must have; with a list, one of them. Everything when absent. */
    when: z.optional(z.record(Path, z.union([Scalar, z.array(Scalar)]))),
    mode: z.enum(chargeModes),
    /** What the price is for. */
    period: z.optional(z.enum(periodTypes)),
    price: z.optional(z.number().check(z.nonnegative())),
    /** Argument that the price is multiplied with, such as a size. */
    times: z.optional(Path),
    /** Argument that says how many periods are paid in advance; 1 when absent. */
    count: z.optional(Path),
    discount: z.optional(
      z.strictObject({
        percent: z.number().check(z.minimum(0), z.maximum(100)),
        /** 605 contract, 606 channel contract, 607 partner, 700 promotion. */
        type: z.optional(z.literal([605, 606, 607, 700])),
      }),
    ),
  })
  .check(
    z.refine(
      ({ mode, period }) => (periodsOf[mode] as readonly unknown[]).includes(period),
      'PRE_PAID has a period of MONTH, YEAR, MB or GB, POST_PAID one of HOUR, DAY, BYTE, MB or GB, FREE none',
    ),
    z.refine(({ mode, price }) => (mode === 'FREE') === (price === undefined), 'all but FREE has a price'),
    z.refine(({ mode, count }) => mode === 'PRE_PAID' || count === undefined, 'only PRE_PAID has a count'),
    z.refine(
      ({ mode, times, discount }) => mode !== 'FREE' || (times === undefined && discount === undefined),
      'FREE has neither times nor discount',
    ),
  )
export type Product = z.infer<typeof Product>

const ResourceRule = z.strictObject({
  /** The provider's source address, from its end: `hashicorp/aws`. */
  provider: z.string().check(z.regex(/^[\w.-]+(?:\/[\w.-]+)*$/, 'a source address such as hashicorp/aws')),
  type: z.string().check(z.minLength(1)),
  /** What stands for arguments that a template leaves out. */
  defaults: z.optional(z.record(Path, Scalar)),
  /** The first that fits counts. */
  products: z.array(Product).check(z.minLength(1)),
})
export type ResourceRule = z.infer<typeof ResourceRule>

export const PriceBook = z.strictObject({
  /** For people. */
  note: z.optional(z.string()),
  currency: z.enum(currencies),
  resources: z.array(ResourceRule),
})
export type PriceBook = z.infer<typeof PriceBook>

/** An item of the table has 400 KB. */
const longestText = 350_000

function problemText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `there is no ${issue.keys.join(', ')}`
  if (issue.code === 'invalid_type') return `${issue.expected} is needed`
  return issue.code === 'invalid_value' ? `one of ${issue.values.join(', ')} is needed` : issue.message
}

/** @throws Error with a sentence for the operator */
export function readPriceBook(text: string): PriceBook {
  if (text.length > longestText) throw new Error(`a price book has ${longestText} characters at most`)
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new Error(`the price book is no JSON: ${(error as Error).message}`)
  }
  const read = z.safeParse(PriceBook, content)
  if (read.success) return read.data
  const problems = read.error.issues.map((issue) => `${issue.path.join('.') || 'the book'}: ${problemText(issue)}`)
  throw new Error(`the price book cannot be used: ${problems.slice(0, 10).join('; ')}`)
}

/** Functions may read it and not write it. */
export const priceBookKey = { pk: 'OPERATOR', sk: 'PRICE-BOOK' }

export interface PriceBookStore {
  /** Undefined when the operator has set none. */
  find(): Promise<PriceBook | undefined>
  /** @throws Error with a sentence for the operator when it is no price book */
  set(text: string): Promise<PriceBook>
  remove(): Promise<void>
}

export function openPriceBookStore(table: Table = openTable()): PriceBookStore {
  return {
    find: async () => {
      const item = await table.get(priceBookKey)
      return item && readPriceBook(z.object({ book: z.string() }).parse(item).book)
    },
    set: async (text) => {
      const book = readPriceBook(text)
      await table.put({ ...priceBookKey, book: JSON.stringify(book) })
      return book
    },
    remove: async () => {
      await table.delete(priceBookKey)
    },
  }
}
