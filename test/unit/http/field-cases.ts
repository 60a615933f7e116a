/** Values that each kind of field takes and refuses, written from the API reference, once for all operations that have it. */

export interface Refusal {
  readonly value: unknown
  readonly why: string
  readonly code: string
  /** A part of the message that tells the caller what to change; `{}` stands for the field. */
  readonly says: string
}

export interface FieldCases {
  readonly accepted: readonly unknown[]
  readonly refused: readonly Refusal[]
}

export const uuid = 'c2f4a1de-3b5c-4d6e-8f70-112233445566'

const wrongType = (value: unknown, expected: string): Refusal => ({
  value,
  why: `${JSON.stringify(value)} is not ${expected}`,
  code: 'RF.10011038',
  says: `{} must be ${expected}.`,
})
const tooLong = (value: unknown, has: string, most: number, code = 'RF.10011005'): Refusal => ({
  value,
  why: `it has ${has}`,
  code,
  says: `{} has ${has}, it must have at most ${most}.`,
})
const tooShort = (value: unknown, has: string, least: number): Refusal => ({
  value,
  why: `it has ${has}`,
  code: 'RF.10011006',
  says: `{} has ${has}, it must have at least ${least}.`,
})
const badText = (value: string, code: string): Refusal => ({
  value,
  why: `${JSON.stringify(value)} has letters it must not have`,
  code,
  says: 'Change {}.',
})

export const aName: FieldCases = {
  accepted: ['a', 'Web-stack_1', 'x'.repeat(128)],
  refused: [
    wrongType(7, 'a string'),
    tooShort('', '0 characters', 1),
    tooLong('x'.repeat(129), '129 characters', 128),
    ...['1web', '-web', '_web', 'we b', 'wéb', '堆栈', 'web\n', 'we.b'].map((text) => badText(text, 'RF.10011010')),
  ],
}

export const aStackId: FieldCases = {
  accepted: [uuid],
  refused: [
    wrongType(7, 'a string'),
    tooShort(uuid.slice(1), '35 characters', 36),
    tooLong(`${uuid}0`, '37 characters', 36),
  ],
}

export const aQueryId: FieldCases = {
  accepted: [uuid],
  refused: [
    tooShort(uuid.slice(1), '35 characters', 36),
    tooLong(`${uuid}0`, '37 characters', 36),
    ...[uuid.toUpperCase(), `-${uuid.slice(1)}`, uuid.replace('4', '_')].map((text) => badText(text, 'RF.10011009')),
  ],
}

export const aTemplateId: FieldCases = {
  accepted: [uuid, `-${uuid.slice(1)}`],
  refused: [
    ...aStackId.refused,
    ...[uuid.toUpperCase(), uuid.replace('4', '_')].map((text) => badText(text, 'RF.10011009')),
  ],
}

export const aVersionId: FieldCases = {
  accepted: ['V1', 'V10', 'V9999999999'],
  refused: [
    tooShort('V', '1 characters', 2),
    tooLong('V99999999999', '12 characters', 11),
    ...['v1', 'V0', 'V01', '11', 'V1a', 'V-1', 'V1\n', 'V١'].map((text) => ({
      ...badText(text, 'RF.10011029'),
      says: '{} must be a capital V and a number, such as V1.',
    })),
  ],
}

export const aDescription: FieldCases = {
  accepted: ['', 'Two words, a comma: 堆栈', 'x'.repeat(1024)],
  refused: [wrongType(false, 'a string'), tooLong('x'.repeat(1025), '1025 characters', 1024)],
}

export const aFlag: FieldCases = {
  accepted: [true, false],
  refused: [wrongType('true', 'a boolean'), wrongType(1, 'a boolean'), wrongType([], 'a boolean')],
}

export const aTemplateBody: FieldCases = {
  accepted: ['locals {}', 'x'.repeat(51_200)],
  refused: [wrongType({ resource: {} }, 'a string'), tooLong('x'.repeat(51_201), '51201 characters', 51_200)],
}

const uri = (ending: string, length: number) => `https://b/${'x'.repeat(length - 10 - ending.length)}${ending}`

export const aTemplateUri: FieldCases = {
  accepted: ['http://b/m.tf', 'https://b/m.tf.json', 'https://b/m.zip?sig=1', uri('.tf', 2048)],
  refused: [
    wrongType(1, 'a string'),
    tooLong(uri('.tf', 2049), '2049 characters', 2048),
    ...['ftp://b/m.tf', 'https://b/m.txt', 'https://b/a b.tf', 'm.tf'].map((text) => badText(text, 'RF.10011035')),
  ],
}

export const aVersionTemplateUri: FieldCases = {
  accepted: [...aTemplateUri.accepted.slice(0, 3), uri('.tf', 1024)],
  refused: [
    tooLong(uri('.tf', 1025), '1025 characters', 1024),
    ...aTemplateUri.refused.filter(({ code }) => code !== 'RF.10011005'),
  ],
}

export const aVarsUri: FieldCases = {
  accepted: ['', 'https://b/v.tfvars', 'http://b/v.tfvars?sig=1', uri('.tfvars', 2048)],
  refused: [
    wrongType(1, 'a string'),
    tooLong(uri('.tfvars', 2049), '2049 characters', 2048),
    ...['ftp://b/v.tfvars', 'https://b/v.tf', 'v.tfvars'].map((text) => badText(text, 'RF.10011034')),
  ],
}

export const aVarsBody: FieldCases = {
  accepted: ['', 'a = 1', 'x'.repeat(51_200)],
  refused: [wrongType([], 'a string'), tooLong('x'.repeat(51_201), '51201 characters', 51_200, 'RF.10011141')],
}

const aVariable = { var_key: 'size', var_value: '3' }
const anEncryption = { kms: { id: uuid, cipher_text: 'ab' } }

/** A refusal of one member of the first entry of a list. */
const inEntry = (entry: object, member: string, refusal: Refusal): Refusal => ({
  ...refusal,
  value: [{ ...entry, [member]: refusal.value }],
  why: `in its entry, ${member}: ${refusal.why}`,
  says: refusal.says.replace('{}', `{}[0].${member}`),
})
const missingIn = (value: unknown, member: string): Refusal => ({
  value,
  why: `its entry has no ${member}`,
  code: 'RF.10011001',
  says: `{}[0].${member} is required.`,
})
const unknownIn = (value: unknown, member: string): Refusal => ({
  value,
  why: `its entry has ${member}`,
  code: 'RF.10011002',
  says: `{}[0].${member} is not a parameter of this operation`,
})
const notAList = (value: unknown): Refusal => ({
  value,
  why: `${JSON.stringify(value)} is no list`,
  code: 'RF.10011055',
  says: '{}',
})

export const someVariables: FieldCases = {
  accepted: [
    [],
    [aVariable],
    [{ var_key: `k${'x'.repeat(31)}`, var_value: '' }],
    [{ ...aVariable, var_value: 'v'.repeat(2048), encryption: anEncryption }],
    Array.from({ length: 100 }, (_, at) => ({ var_key: `k${at}`, var_value: '1' })),
  ],
  refused: [
    notAList({ size: 3 }),
    notAList('size=3'),
    tooLong(Array(101).fill(aVariable), '101 entries', 100),
    { value: ['size'], why: 'its entry is no object', code: 'RF.10011038', says: '{}[0] must be an object.' },
    { value: [null], why: 'its entry is null', code: 'RF.10011038', says: '{}[0] must be an object.' },
    missingIn([{ var_value: '3' }], 'var_key'),
    missingIn([{ var_key: 'size' }], 'var_value'),
    unknownIn([{ ...aVariable, value: '3' }], 'value'),
    inEntry(aVariable, 'var_key', wrongType(3, 'a string')),
    inEntry(aVariable, 'var_key', tooShort('', '0 characters', 1)),
    inEntry(aVariable, 'var_key', tooLong('k'.repeat(33), '33 characters', 32)),
    ...['1k', '_k', 'k k', 'k.k'].map((text) => inEntry(aVariable, 'var_key', badText(text, 'RF.10011039'))),
    inEntry(aVariable, 'var_value', wrongType(3, 'a string')),
    inEntry(aVariable, 'var_value', tooLong('v'.repeat(2049), '2049 characters', 2048)),
    inEntry(aVariable, 'encryption', wrongType('kms', 'an object')),
    missingIn([{ ...aVariable, encryption: {} }], 'encryption.kms'),
    missingIn([{ ...aVariable, encryption: { kms: { id: uuid } } }], 'encryption.kms.cipher_text'),
    missingIn([{ ...aVariable, encryption: { kms: { cipher_text: 'ab' } } }], 'encryption.kms.id'),
    unknownIn([{ ...aVariable, encryption: { ...anEncryption, aes: {} } }], 'encryption.aes'),
    {
      ...badText('G'.repeat(36), 'RF.10011009'),
      value: [{ ...aVariable, encryption: { kms: { id: 'G'.repeat(36), cipher_text: 'ab' } } }],
      says: 'Change {}[0].encryption.kms.id.',
    },
    {
      ...tooShort('', '1 characters', 2),
      value: [{ ...aVariable, encryption: { kms: { id: uuid, cipher_text: 'a' } } }],
      says: '{}[0].encryption.kms.cipher_text has 1 characters, it must have at least 2.',
    },
  ],
}

const anAgency = { provider_name: 'aws', agency_name: 'deployer' }
const anArn = 'arn:aws:iam::123456789012:role/deployer'

export const someAgencies: FieldCases = {
  accepted: [
    [],
    [anAgency],
    [{ provider_name: 'aws', agency_urn: anArn }],
    [{ provider_name: 'aws', agency_urn: 'iam::domain:agency:deployer' }],
    [{ provider_name: 'p'.repeat(128), agency_name: 'n'.repeat(64) }],
    Array.from({ length: 10 }, (_, at) => ({ ...anAgency, provider_name: `p${at}` })),
  ],
  refused: [
    notAList(anAgency),
    tooLong(
      Array.from({ length: 11 }, (_, at) => ({ ...anAgency, provider_name: `p${at}` })),
      '11 entries',
      10,
    ),
    { value: ['aws'], why: 'its entry is no object', code: 'RF.10011038', says: '{}[0] must be an object.' },
    missingIn([{ agency_name: 'deployer' }], 'provider_name'),
    unknownIn([{ ...anAgency, role: 'x' }], 'role'),
    inEntry(anAgency, 'provider_name', tooShort('', '0 characters', 1)),
    inEntry(anAgency, 'provider_name', tooLong('p'.repeat(129), '129 characters', 128)),
    inEntry(anAgency, 'agency_name', wrongType(1, 'a string')),
    inEntry(anAgency, 'agency_name', tooShort('', '0 characters', 1)),
    inEntry(anAgency, 'agency_name', tooLong('n'.repeat(65), '65 characters', 64)),
    inEntry(anAgency, 'agency_name', badText('a#b', 'RF.10011046')),
    ...['deployer', 'arn:aws:s3:::bucket', ''].map((text) =>
      inEntry({ provider_name: 'aws' }, 'agency_urn', badText(text, 'RF.10011008')),
    ),
    {
      value: [{ provider_name: 'aws' }],
      why: 'its entry names no agency',
      code: 'RF.10011001',
      says: 'give exactly one of agency_name and agency_urn',
    },
    {
      value: [{ ...anAgency, agency_urn: anArn }],
      why: 'its entry names an agency twice',
      code: 'RF.10011093',
      says: 'give exactly one of agency_name and agency_urn',
    },
    {
      value: [anAgency, { provider_name: 'aws', agency_urn: anArn }],
      why: 'a provider stands in it twice',
      code: 'RF.10011065',
      says: 'Each provider may appear once in {}.',
    },
  ],
}

export const aProjectId: FieldCases = {
  accepted: ['abc', '0123456789abcdef0123456789abcdef', 'A-1', 'x'.repeat(64)],
  refused: [
    tooShort('ab', '2 characters', 3),
    tooLong('x'.repeat(65), '65 characters', 64),
    ...['a_b', 'a b', 'abc#', 'äbc'].map((text) => badText(text, 'RF.10011016')),
  ],
}

const bound = (value: string, code: string, says: string): Refusal => ({ value, why: `it is ${value}`, code, says })

export const aLimit: FieldCases = {
  accepted: ['10', '11', '1000'],
  refused: [
    bound('9', 'RF.10011006', '{} must be at least 10.'),
    bound('-10', 'RF.10011006', '{} must be at least 10.'),
    bound('1001', 'RF.10011005', '{} must be at most 1000.'),
    ...['abc', '', '10.5', '1e2', ' 10', '0x10', '99999999999999999999'].map((text) => badText(text, 'RF.10011036')),
  ],
}

export const aMarker: FieldCases = {
  accepted: ['a', 'm'.repeat(512)],
  refused: [tooShort('', '0 characters', 1), tooLong('m'.repeat(513), '513 characters', 512)],
}

export const aFilter: FieldCases = {
  accepted: ['', 'event_type==LOG', 'f'.repeat(512)],
  refused: [tooLong('f'.repeat(513), '513 characters', 512)],
}

export const aFieldList: FieldCases = {
  accepted: ['', 'timestamp', 'f'.repeat(128)],
  refused: [tooLong('f'.repeat(129), '129 characters', 128)],
}
