/** What a price book makes of the items of a plan. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { RfsError } from '../../../shared/contract/errors.ts'
import type { PlanItem } from '../../../shared/engine/protocol.ts'
import { argumentOf } from '../../../shared/plan/price-arguments.ts'
import { type PriceBook, readPriceBook } from '../../../shared/plan/price-book.ts'
import { estimate } from '../../../shared/plan/prices.ts'
import { toPriceItem } from '../../../shared/plan/views.ts'

const unknown = '(will be generated after apply)'

function added(
  type: string,
  attributes: Readonly<Record<string, string>> = {},
  more: Partial<PlanItem> = {},
): PlanItem {
  return {
    address: `${type}.a`,
    type,
    name: 'a',
    action: 'ADD',
    provider: 'registry.terraform.io/example/cloud',
    mode: 'RESOURCE',
    drifted: false,
    imported: false,
    attributes: Object.entries(attributes).map(([name, target]) => ({ name, target })),
    ...more,
  }
}

type Products = PriceBook['resources'][number]['products']
const bookOf = (products: Products, defaults?: PriceBook['resources'][number]['defaults']): PriceBook => ({
  currency: 'USD',
  resources: [{ provider: 'example/cloud', type: 'disk', products, ...(defaults ? { defaults } : {}) }],
})
const hourly = (price: number, more: Partial<Products[number]> = {}): Products[number] => ({
  mode: 'POST_PAID',
  period: 'HOUR',
  price,
  ...more,
})
const answer = (book: PriceBook, ...items: PlanItem[]) => estimate(book, items).map(toPriceItem)
const priceIn = (book: PriceBook, item: PlanItem) => answer(book, item)[0]?.resource_price?.[0]

function refusal(act: () => unknown): { name: string; detail: string | undefined } {
  try {
    act()
  } catch (error) {
    if (error instanceof RfsError) return { name: error.errorName, detail: error.detail }
    throw error
  }
  throw new Error('not refused')
}

describe('a resource with a price', () => {
  test('is answered with its name, its place and its price', () => {
    const item = added('disk', { size: '40' }, { key: '0', address: 'module.data["x.y"].disk.a[0]' })
    expect(answer(bookOf([hourly(0.25, { times: 'size' })]), item)).toEqual([
      {
        resource_type: 'disk',
        resource_name: 'a',
        index: '0',
        module_address: 'module.data["x.y"]',
        supported: true,
        resource_price: [
          {
            charge_mode: 'POST_PAID',
            sale_price: 10,
            discount: 0,
            original_price: 10,
            period_type: 'HOUR',
            period_count: 1,
          },
        ],
      },
    ])
  })

  test('that is free has no period, and one of the root module no module', () => {
    expect(answer(bookOf([{ mode: 'FREE' }]), added('disk'))).toEqual([
      {
        resource_type: 'disk',
        resource_name: 'a',
        supported: true,
        resource_price: [{ charge_mode: 'FREE', sale_price: 0, discount: 0, original_price: 0 }],
      },
    ])
  })

  test('paid in advance counts the periods of its template, and its discount', () => {
    const product = {
      mode: 'PRE_PAID',
      period: 'MONTH',
      price: 9.99,
      count: 'months',
      discount: { percent: 15, type: 700 },
    } as const
    expect(priceIn(bookOf([product]), added('disk', { months: '3' }))).toEqual({
      charge_mode: 'PRE_PAID',
      // 29.97, of which 4.4955 are taken off and 25.4745 are left: each rounded up.
      original_price: 29.97,
      discount: 4.5,
      sale_price: 25.48,
      period_type: 'MONTH',
      period_count: 3,
      best_discount_type: 700,
      best_discount_price: 4.5,
    })
  })

  test.each([
    [0.001, '1', 0.01],
    [0.1, '3', 0.3],
    [1.1, '1.1', 1.21],
    [1.005, '1', 1.01],
    [2.675, '1', 2.68],
    [0, '5', 0],
    [5, '0', 0],
    [1e-7, '1', 0.01],
    [1e-7, '100000', 0.01],
    [0.07, '100', 7],
    [123456.789, '1000', 123456789],
  ])('of %d for each of %s costs %d: rounded up to two decimals, exactly', (price, size, amount) => {
    expect(priceIn(bookOf([hourly(price, { times: 'size' })]), added('disk', { size }))).toMatchObject({
      original_price: amount,
      sale_price: amount,
    })
  })

  test('takes the first product that fits its arguments', () => {
    const book = bookOf([
      hourly(1, { when: { kind: 'fast', 'where.0.zone': ['a', 'b'] } }),
      hourly(2, { when: { kind: ['fast', 'slow'], count: 3, open: true } }),
      hourly(3, { when: { kind: 'slow' } }),
    ])
    const price = (attributes: Record<string, string>) => priceIn(book, added('disk', attributes))?.original_price
    expect(price({ kind: 'fast', where: '[{"zone":"b"}]' })).toBe(1)
    expect(price({ kind: 'fast', where: '[{"zone":"c"}]', count: '3', open: 'true' })).toBe(2)
    expect(price({ kind: 'slow', count: '4' })).toBe(3)
  })

  test('has the defaults of the book where its template says nothing', () => {
    const book = bookOf([hourly(2, { when: { kind: 'slow' }, times: 'size' })], { kind: 'slow', size: 10 })
    expect(priceIn(book, added('disk'))?.original_price).toBe(20)
    expect(priceIn(book, added('disk', { size: '3' }))?.original_price).toBe(6)
  })

  test('is one of the provider that the book means', () => {
    const book = bookOf([{ mode: 'FREE' }])
    const supported = (provider: string) => answer(book, added('disk', {}, { provider }))[0]?.supported
    expect(supported('example/cloud')).toBe(true)
    expect(supported('registry.opentofu.org/example/cloud')).toBe(true)
    expect(supported('registry.terraform.io/counterexample/cloud')).toBe(false)
    expect(supported('registry.terraform.io/other/cloud')).toBe(false)
  })
})

describe('a resource without a price', () => {
  const book = bookOf([hourly(1, { when: { kind: 'fast' }, times: 'spec.size' })])
  const reason = (item: PlanItem) => {
    const [only] = answer(book, item)
    expect(only).not.toHaveProperty('resource_price')
    return only?.supported === false && only.unsupported_message
  }

  test.each([
    ['is of a type that the book does not know', added('network'), 'There are no prices for network.'],
    ['waits for another one', added('disk', { kind: unknown }), 'kind is only known after the deployment.'],
    [
      'waits for another one in a part',
      added('disk', { kind: 'fast', spec: JSON.stringify({ size: unknown }) }),
      'spec.size is only known after the deployment.',
    ],
    ['waits as a whole', added('disk', { kind: 'fast', spec: unknown }), 'spec.size is only known after the'],
    ['has a sensitive argument', added('disk', { kind: '<sensitive>' }), 'kind is sensitive.'],
    [
      'has a sensitive part',
      added('disk', { kind: 'fast', spec: '{"size":"<sensitive>"}' }),
      'spec.size is sensitive.',
    ],
    ['is sensitive as a whole', added('disk', { kind: 'fast', spec: '<sensitive>' }), 'spec.size is sensitive.'],
  ])('%s', (_what, item, text) => {
    expect(reason(item)).toContain(text)
  })

  test('says why, and leaves the others their prices', () => {
    const items = [added('disk', { kind: unknown }), added('disk', { kind: 'fast', spec: '{"size":2}' })]
    expect(answer(book, ...items).map(({ supported }) => supported)).toEqual([false, true])
  })
})

describe('an estimate is refused', () => {
  const book = bookOf([
    hourly(1, { when: { kind: 'fast' }, times: 'size' }),
    { mode: 'PRE_PAID', period: 'YEAR', price: 1, when: { kind: 'bought' }, count: 'years' },
  ])
  test.each([
    ['PriceArgumentMissing', { size: '1' }, 'disk.a needs kind'],
    ['PriceArgumentMissing', { kind: 'fast' }, 'disk.a needs size'],
    ['PriceArgumentInvalid', { kind: 'fast', size: 'large' }, 'size of disk.a must be a number'],
    ['PriceArgumentInvalid', { kind: 'fast', size: '-1' }, 'size of disk.a'],
    ['PriceArgumentInvalid', { kind: 'fast', size: '1e999' }, 'too large'],
    ['PriceArgumentInvalid', { kind: 'bought', years: '0' }, 'years of disk.a must be a whole number'],
    ['PriceArgumentInvalid', { kind: 'bought', years: '1.5' }, 'years of disk.a'],
    ['ProductNotFound', { kind: 'strange' }, 'no product for the arguments of disk.a'],
  ])('with %s for %j', (name, attributes, text) => {
    const refused = refusal(() => answer(book, added('disk', attributes as unknown as Record<string, string>)))
    expect(refused).toMatchObject({ name, detail: expect.stringContaining(text) })
  })
})

describe('an estimate is about', () => {
  test('what the plan adds, and nothing else of it', () => {
    const others: Partial<PlanItem>[] = [
      { action: 'ADD_THEN_DELETE' },
      { action: 'DELETE_THEN_ADD' },
      { action: 'UPDATE' },
      { action: 'DELETE' },
      { action: 'NO_OPERATION', mode: 'DATA' },
      { action: 'NO_OPERATION', imported: true },
      { action: 'UPDATE', drifted: true },
    ]
    const items = [added('disk'), ...others.map((more) => added('disk', {}, more))]
    expect(answer(bookOf([{ mode: 'FREE' }]), ...items)).toHaveLength(1)
  })

  test.each([
    ['PRE_PAID', 'MONTH', 12],
    ['POST_PAID', 'HOUR', 24],
  ] as const)('so many resources of a mode: %s by the %s up to %i', (mode, period, limit) => {
    const items = Array.from({ length: limit + 2 }, () => added('disk'))
    const prices = answer(bookOf([{ mode, period, price: 1 }]), ...items)
    expect(prices.filter(({ supported }) => supported)).toHaveLength(limit)
    expect(prices.at(-1)?.unsupported_message).toBe(`Only ${limit} resources of a plan are priced as ${mode}.`)
  })

  test('any number of free ones', () => {
    const items = Array.from({ length: 50 }, () => added('disk'))
    expect(answer(bookOf([{ mode: 'FREE' }]), ...items).every(({ supported }) => supported)).toBe(true)
  })
})

describe('an argument of a planned resource', () => {
  const known = (text: string) => ({ is: 'known', text })
  test.each([
    ['a', { a: 'x' }, known('x')],
    ['a', { a: '12345678901234567890' }, known('12345678901234567890')],
    ['a', {}, { is: 'missing' }],
    ['a.b', { a: 'x' }, { is: 'missing' }],
    ['a.b', { a: '{"b":null}' }, { is: 'missing' }],
    ['a.b', { a: '{"b":[1,{"c":"d"}]}' }, known('[1,{"c":"d"}]')],
    ['a.b.1.c', { a: '{"b":[1,{"c":"d"}]}' }, known('d')],
    ['a.b.2.c', { a: '{"b":[1,{"c":"d"}]}' }, { is: 'missing' }],
    ['a.toString', { a: '{}' }, { is: 'missing' }],
    ['a.b', { a: `{"b":"${unknown}"}` }, { is: 'unknown' }],
    ['a.b.c', { a: `{"b":"${unknown}"}` }, { is: 'unknown' }],
    ['a.b', { a: '{"b":{"c":"<sensitive>"}}' }, { is: 'sensitive' }],
  ])('%s of %j', (path, attributes, expected) => {
    expect(argumentOf(added('disk', attributes as unknown as Record<string, string>), path)).toEqual(expected)
  })
})

describe('a price book', () => {
  const example = readFileSync(new URL('../../../examples/price-book.json', import.meta.url), 'utf8')

  test('as the example is one, and says whose prices it has', () => {
    const book = readPriceBook(example)
    expect(book.note).toMatch(/nobody's prices/)
    expect(book.resources.length).toBeGreaterThan(3)
  })

  const withProduct = (product: object) =>
    JSON.stringify({ currency: 'USD', resources: [{ provider: 'a/b', type: 'c', products: [product] }] })
  test.each([
    ['no JSON', '{', 'is no JSON'],
    ['of another currency', '{"currency":"EUR","resources":[]}', 'currency: one of CNY, USD is needed'],
    ['with an unknown field', '{"currency":"USD","resources":[],"rules":[]}', 'the book: there is no rules'],
    ['without a product', '{"currency":"USD","resources":[{"provider":"a/b","type":"c","products":[]}]}', 'products'],
    ['with a mode that there is not', withProduct({ mode: 'SPOT' }), 'products.0.mode'],
    ['with a price of nothing', withProduct({ mode: 'POST_PAID', period: 'HOUR' }), 'all but FREE has a price'],
    ['with a price below nothing', withProduct({ mode: 'POST_PAID', period: 'HOUR', price: -1 }), 'price'],
    ['with a price of what is free', withProduct({ mode: 'FREE', price: 1 }), 'all but FREE has a price'],
    ['with years by use', withProduct({ mode: 'POST_PAID', period: 'YEAR', price: 1 }), 'has a period of'],
    ['with hours in advance', withProduct({ mode: 'PRE_PAID', period: 'HOUR', price: 1 }), 'has a period of'],
    ['with a count by use', withProduct({ mode: 'POST_PAID', period: 'DAY', price: 1, count: 'a' }), 'has a count'],
    ['with a discount of more than all', withProduct({ mode: 'FREE', discount: { percent: 101 } }), 'percent'],
    ['with a strange argument', withProduct({ mode: 'FREE', when: { 'a b': 1 } }), 'when'],
    ['too long', `{"note":"${'x'.repeat(350_000)}"}`, 'at most'],
  ])('%s is refused in words', (_what, text, words) => {
    expect(() => readPriceBook(text)).toThrow(words)
  })
})
