import { afterEach, expect, test, vi } from 'vitest'
import { defaultProvider } from '../../../shared/aws/credentials.ts'

afterEach(() => vi.unstubAllEnvs())

test('credentials are those of the environment at the time of the call', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'first')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  vi.stubEnv('AWS_SESSION_TOKEN', '')
  const provide = defaultProvider({ profile: 'ignored' })
  expect(await provide()).toEqual({ accessKeyId: 'first', secretAccessKey: 'secret' })
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'second')
  vi.stubEnv('AWS_SESSION_TOKEN', 'token')
  expect(await provide()).toEqual({ accessKeyId: 'second', secretAccessKey: 'secret', sessionToken: 'token' })
})

test('an environment without credentials is an error that names the variables', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', '')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', '')
  await expect(defaultProvider()()).rejects.toThrow('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set')
})
