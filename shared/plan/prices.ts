/**
 * What the resources that a plan adds cost by a price book. Replacements add nothing that was not there before, and are not
 * priced. Source: `[hw:EstimateExecutionPlanPrice]`. Pure.
 */
import { calculate, type Decimal, decimalOf, numberOf, parseDecimal } from '../analysis/decimal.ts'
import type { ChargeMode, PeriodType } from '../contract/enums.ts'
import { RfsError } from '../contract/errors.ts'
import type { PlanItem } from '../engine/protocol.ts'
import { argumentOf } from './price-arguments.ts'
import type { PriceBook, Product, ResourceRule } from './price-book.ts'

/** Amounts of all periods together, with two decimals, rounded up. */
export interface Price {
  readonly mode: ChargeMode
  readonly original: number
  readonly discount: number
  readonly sale: number
  readonly period?: { readonly type: PeriodType; readonly count: number }
  readonly discountType?: number
}

export interface Estimate {
  readonly item: PlanItem
  /** The reason when there is none. */
  readonly price: Price | string
}

/** Resources of a mode that one plan may have. */
const most: Readonly<Partial<Record<ChargeMode, number>>> = { PRE_PAID: 12, POST_PAID: 24 }

/** Ends the search for a resource's price with the reason why there is none. */
class NotPriceable extends Error {}

function rule(book: PriceBook, { provider, type }: PlanItem): ResourceRule | undefined {
  return book.resources.find(
    (each) => each.type === type && (provider === each.provider || provider.endsWith(`/${each.provider}`)),
  )
}

/** @throws NotPriceable, RfsError `PriceArgumentMissing` */
function textOf(item: PlanItem, { defaults = {} }: ResourceRule, path: string): string {
  const argument = argumentOf(item, path)
  if (argument.is === 'known') return argument.text
  if (argument.is === 'unknown') throw new NotPriceable(`${path} is only known after the deployment.`)
  if (argument.is === 'sensitive') throw new NotPriceable(`${path} is sensitive.`)
  if (Object.hasOwn(defaults, path)) return String(defaults[path])
  throw new RfsError('PriceArgumentMissing', `${item.address} needs ${path} for an estimate.`)
}

function fits(item: PlanItem, given: ResourceRule, { when = {} }: Product): boolean {
  return Object.entries(when).every(([path, wanted]) => {
    const text = textOf(item, given, path)
    return [wanted].flat().some((each) => String(each) === text)
  })
}

/** @throws RfsError `PriceArgumentInvalid` */
function numberIn(item: PlanItem, given: ResourceRule, path: string | undefined, isCount: boolean): Decimal {
  if (path === undefined) return decimalOf(1)
  const number = parseDecimal(textOf(item, given, path))
  const isWhole = number !== undefined && number.exponent >= 0 && number.coefficient > 0n && numberOf(number) <= 1000
  if (number && (isCount ? isWhole : number.coefficient >= 0n)) return number
  const wanted = isCount ? 'a whole number from 1 to 1000' : 'a number that is not negative'
  throw new RfsError('PriceArgumentInvalid', `${path} of ${item.address} must be ${wanted} for an estimate.`)
}

/** To two decimals. */
function roundedUp({ coefficient, exponent }: Decimal): number {
  if (exponent >= -2) return numberOf({ coefficient, exponent })
  const unit = 10n ** BigInt(-exponent - 2)
  return Number((coefficient + unit - 1n) / unit) / 100
}

function product(item: PlanItem, factors: readonly Decimal[]): Decimal {
  return factors.reduce((amount, factor) => {
    const next = calculate('*', amount, factor)
    if (next && Math.abs(next.exponent) <= 1000) return next
    throw new RfsError(
      'PriceArgumentInvalid',
      `An argument of ${item.address} is too large or too small for an estimate.`,
    )
  })
}

function priced(item: PlanItem, given: ResourceRule, found: Product): Price {
  const { mode, period, price, discount } = found
  if (period === undefined || price === undefined) return { mode, original: 0, discount: 0, sale: 0 }
  const [times, count] = [numberIn(item, given, found.times, false), numberIn(item, given, found.count, true)]
  const original = product(item, [decimalOf(price), times, count])
  const part = (percent: number) => roundedUp(product(item, [original, decimalOf(percent), parseDecimal('0.01')!]))
  const percent = discount?.percent ?? 0
  return {
    mode,
    original: roundedUp(original),
    discount: part(percent),
    sale: part(100 - percent),
    period: { type: period, count: numberOf(count) },
    ...(discount?.type === undefined || percent === 0 ? {} : { discountType: discount.type }),
  }
}

/** @throws RfsError those of `estimate` */
function priceOf(book: PriceBook, item: PlanItem): Price | string {
  const given = rule(book, item)
  if (!given) return `There are no prices for ${item.type}.`
  try {
    const found = given.products.find((each) => fits(item, given, each))
    if (found) return priced(item, given, found)
  } catch (error) {
    if (error instanceof NotPriceable) return error.message
    throw error
  }
  throw new RfsError('ProductNotFound', `The price book has no product for the arguments of ${item.address}.`)
}

/**
 * @param items of a plan
 * @throws RfsError `PriceArgumentMissing`, `PriceArgumentInvalid`, `ProductNotFound`
 */
export function estimate(book: PriceBook, items: readonly PlanItem[]): Estimate[] {
  const seen = new Map<ChargeMode, number>()
  const added = items.filter(({ action, mode, drifted }) => action === 'ADD' && mode === 'RESOURCE' && !drifted)
  return added.map((item) => {
    const price = priceOf(book, item)
    if (typeof price === 'string') return { item, price }
    const count = (seen.get(price.mode) ?? 0) + 1
    seen.set(price.mode, count)
    const limit = most[price.mode] ?? count
    return { item, price: count > limit ? `Only ${limit} resources of a plan are priced as ${price.mode}.` : price }
  })
}
