/** API Gateway's throttling: a bucket of `burst` tokens that fills at a steady rate; every request takes one. */
import type { ThrottleSetting } from './api-model.ts'

/**
 * @param nowMs the clock, milliseconds
 * @returns whether a request to the method may pass. As on AWS every method has a bucket of its own, and a setting for
 * the method itself goes before the stage's.
 */
export function createThrottle(
  settings: ThrottleSetting[],
  nowMs: () => number,
): (method: string, resourcePath: string) => boolean {
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  return (method, resourcePath) => {
    const setting = findSetting(settings, method, resourcePath)
    if (!setting) return true
    const key = `${method} ${resourcePath}`
    const now = nowMs()
    const bucket = buckets.get(key) ?? { tokens: setting.burst, atMs: now }
    const filled = Math.min(setting.burst, bucket.tokens + ((now - bucket.atMs) / 1000) * setting.ratePerSecond)
    const passes = filled >= 1
    buckets.set(key, { tokens: passes ? filled - 1 : filled, atMs: now })
    return passes
  }
}

function findSetting(settings: ThrottleSetting[], method: string, resourcePath: string): ThrottleSetting | undefined {
  const matches = (setting: ThrottleSetting, path: string, verb: string) =>
    setting.resourcePath === path && setting.method === verb
  return (
    settings.find((setting) => matches(setting, resourcePath, method)) ??
    settings.find((setting) => matches(setting, resourcePath, '*')) ??
    settings.find((setting) => matches(setting, '/*', method)) ??
    settings.find((setting) => matches(setting, '/*', '*'))
  )
}
