import { planView } from '../../../shared/engine/plan-view.ts'

/** What stands for a value that only the deployment brings. */
export const later = '(will be generated after apply)'

/** The view of a plan that is written by hand. */
export const view = (document: object) => planView(JSON.stringify({ format_version: '1.2', ...document }))

export const resource = { address: 'a.b', mode: 'managed', type: 'a', name: 'b', provider_name: 'registry/p' }

/** An entry of `resource_changes` or `resource_drift`: an update, unless `change` says otherwise. */
export const changing = (change: object, rest: object = {}) => ({
  ...resource,
  change: { actions: ['update'], before: {}, after: {}, ...change },
  ...rest,
})
