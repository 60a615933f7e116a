/** A guard that lets everybody do everything, for tests of what comes behind it. */
import type { Caller } from '../../shared/auth/caller.ts'
import type { Guard } from '../../shared/auth/guard.ts'
import { systemPolicies } from '../../shared/auth/policies.ts'
import { projectId } from './proxy-event.ts'

export const anybody: Caller = {
  kind: 'access-key',
  id: 'AKANYBODY',
  projects: [projectId],
  roles: ['full'],
  policies: [systemPolicies.full],
}

export const openToAll = (): Guard => ({
  identify: async () => anybody,
  authorize: () => undefined,
  count: async () => undefined,
})
