import { describe, expect, it } from 'vitest'
import { parseExactly } from '../../../shared/engine/attribute-values.ts'
import { markedTexts, maskMarked, redaction, resourceMarks } from '../../../shared/engine/redaction.ts'

describe('sensitive texts of a document', () => {
  it.each<[string, unknown, unknown, string[]]>([
    ['a marked string', 'hunter2', true, ['hunter2']],
    ['marked parts only', { a: 'secret', b: 'shown' }, { a: true }, ['secret']],
    ['parts of lists', ['shown', { p: 'secret' }], [false, { p: true }], ['secret']],
    ['a whole structure: itself and its strings', { p: 'secret', n: 7 }, true, ['{"p":"secret","n":7}', 'secret']],
    ['no number, no boolean, nothing', { a: 1234567, b: true, c: null }, { a: true, b: true, c: true }, []],
    ['no text that is too short to tell apart', ['abc', ''], [true, true], []],
    ['nothing without marks', { a: 'shown' }, false, []],
    ['nothing where value and marks differ in form', 'shown', { a: true }, []],
  ])('are %s', (_what, value, marks, texts) => {
    expect(markedTexts(value, marks)).toEqual(texts)
  })
})

describe('a redaction', () => {
  it('masks strings that are or hold a secret, and leaves everything else as it is', () => {
    const { value } = redaction(['hunter2'])
    expect(value({ a: 'hunter2', b: ['x hunter2 y', 'hunter', 3, null, true], c: {} })).toEqual({
      a: '<sensitive>',
      b: ['<sensitive>', 'hunter', 3, null, true],
      c: {},
    })
  })

  it('masks a structure that is a secret as a whole, and its JSON in a string', () => {
    const { value } = redaction(['{"pin":[1234]}'])
    expect(value({ copy: { pin: [1234] }, text: 'x={"pin":[1234]}', other: { pin: [1235] } })).toEqual({
      copy: '<sensitive>',
      text: '<sensitive>',
      other: { pin: [1235] },
    })
  })

  it('keeps long numbers exact', () => {
    const value = redaction(['hunter2']).value(parseExactly('{"big":12345678901234567890}'))
    expect(JSON.stringify(value)).toBe('{"big":12345678901234567890}')
  })

  it('finds a secret in JSON text', () => {
    const secret = 'a"b\nc'
    const text = JSON.stringify({ password: secret })
    expect(redaction([secret]).value(text)).toBe('<sensitive>')
    expect(redaction([secret]).message(`got ${text}`)).toBe('got {"password":"<sensitive>"}')
  })

  it('masks every occurrence in a message, longer secrets first', () => {
    expect(redaction(['pass', 'password1']).message('password1, pass; password1.')).toBe(
      '<sensitive>, <sensitive>; <sensitive>.',
    )
  })

  it('takes the characters of a secret for what they are', () => {
    expect(redaction(['a.c$(*[x]|-/^']).message('a.c$(*[x]|-/^ abc$')).toBe('<sensitive> abc$')
  })

  it('masks the longer lines of a secret of several lines, but only in messages', () => {
    const { message, value } = redaction(['BEGIN KEY\n  c2VjcmV0bGluZQ==\nEND'])
    expect(message('line: c2VjcmV0bGluZQ== END')).toBe('line: <sensitive> END')
    expect(value('c2VjcmV0bGluZQ==')).toBe('c2VjcmV0bGluZQ==')
  })

  it('may be applied twice, whatever the secrets are', () => {
    const { message, value } = redaction(['sensitive', 'sens'])
    const once = message('a sensitive word')
    expect(once).toBe('a <sensitive> word')
    expect(message(once)).toBe(once)
    expect(value('<sensitive>')).toBe('<sensitive>')
  })

  it('without secrets changes nothing', () => {
    const { message, value } = redaction(['abc'])
    expect([message('abc'), value('abc')]).toEqual(['abc', 'abc'])
  })
})

describe('marks of a resource', () => {
  it('are those of the engine, and for a terraform_data those of its input for its output too', () => {
    expect(resourceMarks('other', { input: true })).toEqual({ input: true })
    expect(resourceMarks('terraform_data', { input: true })).toEqual({ input: true, output: true })
    expect(resourceMarks('terraform_data', { input: { a: true } })).toEqual({ input: { a: true }, output: { a: true } })
    expect(resourceMarks('terraform_data', { input: { a: true }, output: true })).toMatchObject({ output: true })
    expect(resourceMarks('terraform_data', {})).toEqual({})
    expect(resourceMarks('terraform_data', false)).toBe(false)
  })

  it('mask whole values and parts', () => {
    expect(maskMarked({ a: 1, b: { c: [1, 2], d: 3 } }, { b: { c: [false, true] } })).toEqual({
      a: 1,
      b: { c: [1, '<sensitive>'], d: 3 },
    })
    expect(maskMarked({ a: 1 }, true)).toBe('<sensitive>')
    expect(maskMarked(7, { a: true })).toBe(7)
  })
})
