// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are CloudFormation's own placeholders
import { describe, expect, test } from 'vitest'
import { createResolver } from '../../../infra/local/intrinsics.ts'
import { resolveParameters } from '../../../infra/local/parameters.ts'
import { assertKnownTypes } from '../../../infra/local/resource-types.ts'

const { resolve, condition } = createResolver({
  template: {
    Conditions: {
      IsOpen: { 'Fn::Equals': [{ Ref: 'Profile' }, 'open'] },
      IsClosed: { 'Fn::Not': [{ Condition: 'IsOpen' }] },
      Both: { 'Fn::And': [{ Condition: 'IsOpen' }, { Condition: 'IsClosed' }] },
      Either: { 'Fn::Or': [{ Condition: 'IsOpen' }, { Condition: 'IsClosed' }] },
    },
    Mappings: { Sizes: { small: { memory: 128 } } },
  },
  parameters: new Map<string, string | string[]>([
    ['Profile', 'open'],
    ['Zones', ['a', 'b']],
  ]),
  pseudoParameters: { 'AWS::Region': 'us-east-1', 'AWS::AccountId': '000000000000' },
  resources: new Map([['Table', { ref: 'table-name', attributes: { Arn: 'arn:table', 'Stream.Arn': 'arn:stream' } }]]),
})

describe('intrinsic functions', () => {
  test.each([
    ['a plain value', { A: [1, true, null, 'x'] }, { A: [1, true, null, 'x'] }],
    ['Ref to a parameter', { Ref: 'Profile' }, 'open'],
    ['Ref to a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Ref to a resource', { Ref: 'Table' }, 'table-name'],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:table'],
    ['Fn::GetAtt as text, with a nested attribute', { 'Fn::GetAtt': 'Table.Stream.Arn' }, 'arn:stream'],
    [
      'Fn::Join of intrinsics',
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Region' }, ':', { Ref: 'Table' }]] },
      'arn:us-east-1:table-name',
    ],
    [
      'Fn::Sub',
      { 'Fn::Sub': '${AWS::AccountId}/${Table}/${Table.Arn}/${!Kept}' },
      '000000000000/table-name/arn:table/${Kept}',
    ],
    ['Fn::Sub with variables', { 'Fn::Sub': ['${Name}-x', { Name: { Ref: 'Profile' } }] }, 'open-x'],
    ['Fn::Select', { 'Fn::Select': ['1', { Ref: 'Zones' }] }, 'b'],
    ['Fn::Split', { 'Fn::Select': [1, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Table', 'Arn'] }] }] }, 'table'],
    ['Fn::If', { 'Fn::If': ['IsOpen', { Ref: 'Table' }, 'no'] }, 'table-name'],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['Sizes', 'small', 'memory'] }, 128],
    [
      'AWS::NoValue removes a property and an item',
      { A: { 'Fn::If': ['IsClosed', 1, { Ref: 'AWS::NoValue' }] }, B: [{ Ref: 'AWS::NoValue' }, 2] },
      { B: [2] },
    ],
  ])('%s', (_name, value, expected) => {
    expect(resolve(value)).toEqual(expected)
  })

  test.each([
    ['IsOpen', true],
    ['IsClosed', false],
    ['Both', false],
    ['Either', true],
  ])('the condition %s is %s', (name, expected) => {
    expect(condition(name)).toBe(expected)
  })

  test.each([
    [{ Ref: 'Nothing' }, /Ref Nothing/],
    [{ 'Fn::GetAtt': ['Table', 'Colour'] }, /Table\.Colour/],
    [{ 'Fn::GetAtt': ['Nothing', 'Arn'] }, /no such resource/],
    [{ 'Fn::ImportValue': 'x' }, /Fn::ImportValue is not known/],
    [{ 'Fn::If': ['Nothing', 1, 2] }, /no condition Nothing/],
    [{ 'Fn::Select': [5, ['a']] }, /Fn::Select/],
  ])('%j is an error that says what is wrong', (value, message) => {
    expect(() => resolve(value)).toThrow(message)
  })
})

describe('template parameters', () => {
  const declared = {
    Profile: { Type: 'String', Default: 'hosted', AllowedValues: ['hosted', 'open'] },
    Quota: { Type: 'Number', Default: 100, MinValue: 1, MaxValue: 1000, ConstraintDescription: 'stacks of a project' },
    Zones: { Type: 'CommaDelimitedList', Default: 'a, b' },
    Needed: { Type: 'String', AllowedPattern: '[a-z]*', MaxLength: 3 },
  }

  test('defaults stand for what is not given, lists are split', () => {
    const values = resolveParameters(declared, { Needed: 'x', Quota: '7' })
    expect(Object.fromEntries(values)).toEqual({ Profile: 'hosted', Quota: '7', Zones: ['a', 'b'], Needed: 'x' })
  })

  test.each([
    [{}, /Needed: no value and no default/],
    [{ Needed: 'x', Profile: 'closed' }, /Profile: "closed" is none of hosted, open/],
    [{ Needed: 'x', Quota: '0' }, /Quota: 0 is less than 1 \(stacks of a project\)/],
    [{ Needed: 'x', Quota: 'many' }, /"many" is not a number/],
    [{ Needed: 'X' }, /does not match/],
    [{ Needed: 'long' }, /longer than 3/],
    [{ Needed: 'x', Unknown: '1' }, /Unknown: the template has no such parameter/],
  ])('%j is refused', (overrides, message) => {
    expect(() => resolveParameters(declared, overrides)).toThrow(message)
  })

  test('every problem is named at once', () => {
    expect(() => resolveParameters(declared, { Profile: 'x', Quota: '0' })).toThrow(/Profile.*Quota.*Needed/)
  })
})

test('a resource of an unknown type is an error that names it', () => {
  const resources = { Role: { Type: 'AWS::IAM::Role' }, Machine: { Type: 'AWS::StepFunctions::StateMachine' } }
  expect(() => assertKnownTypes(resources)).toThrow('Machine (AWS::StepFunctions::StateMachine)')
})
