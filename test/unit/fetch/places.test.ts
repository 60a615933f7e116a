import { describe, expect, test } from 'vitest'
import { type FetchPlaces, fetchTarget, hostList } from '../../../shared/fetch/places.ts'
import { FetchRefused } from '../../../shared/fetch/protocol.ts'

const root = 'https://s3.eu-central-1.amazonaws.com/rfs-bucket'
const places: FetchPlaces = {
  hosts: hostList('files.example,.obs.example,*.oss.example, Upper.Example,93.184.216.34'),
  privateHosts: hostList('127.0.0.1:8080,files.internal:443,[::1]:9000'),
  bucket: { root, isLocal: false },
}

/** Where an address leads, or why nowhere. */
function led(address: string, from?: string): string {
  try {
    const { url, reach } = fetchTarget(address, 'project-1', places, from === undefined ? undefined : new URL(from))
    return `${reach} ${url.href}`
  } catch (error) {
    if (error instanceof FetchRefused) return error.problem
    throw error
  }
}

describe('an address leads to', () => {
  test.each([
    ['https://files.example/a/main.tf?x=1', 'public https://files.example/a/main.tf?x=1'],
    ['https://FILES.example:443/main.tf', 'public https://files.example/main.tf'],
    ['https://upper.example/main.tf', 'public https://upper.example/main.tf'],
    ['https://b.obs.example/main.tf', 'public https://b.obs.example/main.tf'],
    ['https://a.b.oss.example/main.tf', 'public https://a.b.oss.example/main.tf'],
    ['https://93.184.216.34/main.tf', 'public https://93.184.216.34/main.tf'],
    [`${root}/projects/project-1/stacks/s/main.tf?sig`, `public ${root}/projects/project-1/stacks/s/main.tf?sig`],
    ['http://127.0.0.1:8080/main.tf', 'openable http://127.0.0.1:8080/main.tf'],
    ['http://2130706433:8080/main.tf', 'openable http://127.0.0.1:8080/main.tf'],
    ['https://files.internal/main.tf', 'openable https://files.internal/main.tf'],
    ['http://[::1]:9000/main.tf', 'openable http://[::1]:9000/main.tf'],
  ])('%s', (address, expected) => {
    expect(led(address)).toBe(expected)
  })

  test('somewhere from the address before it', () => {
    expect(led('../b.tf', 'https://files.example/x/a.tf')).toBe('public https://files.example/b.tf')
    expect(led('//127.0.0.1:8080/b.tf', 'http://127.0.0.1:8080/')).toBe('openable http://127.0.0.1:8080/b.tf')
    expect(led('//evil.example/b.tf', 'https://files.example/a.tf')).toBe('not-allowed')
    expect(led('http://files.example/b.tf', 'https://files.example/a.tf')).toBe('not-allowed')
  })
})

describe('an address leads nowhere', () => {
  test.each([
    'https://evil.example/main.tf',
    'https://obs.example/main.tf',
    'https://evilobs.example/main.tf',
    'https://.obs.example/main.tf',
    'https://files.example.evil.example/main.tf',
    'https://files.example./main.tf',
    'https://files.example:8443/main.tf',
    'http://files.example/main.tf',
    'http://files.example:443/main.tf',
    'http://files.internal/main.tf',
    'https://127.0.0.1/main.tf',
    'https://evil.example\\@files.example/main.tf',
    `${root}/projects/project-2/stacks/s/main.tf`,
    `${root}/projects/project-1/../project-2/main.tf`,
    `${root}/projects/project-1/%2e%2e/project-2/main.tf`,
    `${root}/projects/project-12/main.tf`,
    `${root}/other/main.tf`,
    `${root}2/projects/project-1/main.tf`,
    `${root.replace('https', 'http')}/projects/project-1/main.tf`,
    `${root.replace('.com/', '.com:8443/')}/projects/project-1/main.tf`,
  ])('because it is not allowed: %s', (address) => {
    expect(led(address)).toBe('not-allowed')
  })

  test.each([
    '',
    'main.tf',
    '/main.tf',
    'ftp://files.example/main.tf',
    'file:///etc/passwd',
    's3://rfs-bucket/projects/project-1/main.tf',
    'data:text/plain,locals',
    'https://user@files.example/main.tf',
    'https://:secret@files.example/main.tf',
    'https://files.example@evil.example/main.tf',
    'https://',
    'https://files.example:99999/main.tf',
    'https://1.2.3.4.5/main.tf',
    'https://a b/main.tf',
  ])('because it is none: %s', (address) => {
    expect(led(address)).toBe('malformed')
  })

  test('when the operator named nothing', () => {
    const nothing = { hosts: hostList(''), privateHosts: hostList(' , '), bucket: { root, isLocal: false } }
    expect(() => fetchTarget('https://files.example/main.tf', 'p', nothing)).toThrow(FetchRefused)
    expect(nothing).toMatchObject({ hosts: [], privateHosts: [] })
  })
})
