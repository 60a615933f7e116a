import { describe, expect, test } from 'vitest'
import { isOpenableAddress, isPublicAddress } from '../../../shared/fetch/addresses.ts'

const publicOnes = [
  '1.1.1.1',
  '93.184.216.34',
  '172.15.255.255',
  '172.32.0.0',
  '100.128.0.0',
  '2606:4700::1111',
  '2a00::',
]
const notPublic: [string, readonly string[]][] = [
  ['this machine', ['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '::1', '::']],
  ['private networks', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fdff::1', 'fec0::1']],
  ['carriers', ['100.64.0.1', '100.100.100.200', '100.127.255.255']],
  [
    'a link, and the metadata of machines',
    ['169.254.169.254', '169.254.0.1', 'fe80::1', 'fd00:ec2::254', '168.63.129.16'],
  ],
  ['many at once', ['224.0.0.1', '239.255.255.250', '255.255.255.255', 'ff02::1']],
  [
    'nobody',
    [
      '192.0.2.1',
      '198.51.100.1',
      '203.0.113.1',
      '198.18.0.1',
      '240.0.0.1',
      '192.0.0.192',
      '2001:db8::1',
      '3fff::1',
      '100::1',
    ],
  ],
  [
    'IPv4 in another dress',
    [
      '::ffff:127.0.0.1',
      '::ffff:93.184.216.34',
      '::127.0.0.1',
      '64:ff9b::7f00:1',
      '64:ff9b:1::1',
      '2002:7f00:1::',
      '2001::1',
      '::ffff:0:127.0.0.1',
    ],
  ],
  [
    'no address',
    [
      '',
      'localhost',
      '127.1',
      '2130706433',
      '0x7f.0.0.1',
      '1.1.1.1 ',
      '1.1.1',
      'fe80::1%eth0',
      '2606:4700::1111%1',
      '[::1]',
    ],
  ],
]

describe('an address is public', () => {
  test.each(publicOnes)('%s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
    expect(isOpenableAddress(address)).toBe(true)
  })
})

describe('an address is not public when it belongs to', () => {
  test.each(notPublic)('%s', (_whom, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([])
  })
})

test('an operator can open private addresses and this machine, and nothing that is a platform’s own', () => {
  expect(['127.0.0.1', '::1', '10.1.2.3', '192.168.0.7', '100.64.0.1', 'fd12::1'].every(isOpenableAddress)).toBe(true)
  const never = [
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fe80::1',
    'fd00:ec2::254',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    '64:ff9b::a9fe:a9fe',
    'localhost',
    '',
  ]
  expect(never.filter(isOpenableAddress)).toEqual([])
})
