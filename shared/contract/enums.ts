/** The closed sets of words on the wire. Sources: `[ListStacks]`, `[ListStackEvents]`, `[ListStackResources]`. */

export const stackStatuses = [
  'CREATION_COMPLETE',
  'DEPLOYMENT_IN_PROGRESS',
  'DEPLOYMENT_FAILED',
  'DEPLOYMENT_COMPLETE',
  'ROLLBACK_IN_PROGRESS',
  'ROLLBACK_FAILED',
  'ROLLBACK_COMPLETE',
  'DELETION_IN_PROGRESS',
  'DELETION_FAILED',
] as const
export type StackStatus = (typeof stackStatuses)[number]

export const resourceStatuses = [
  'CREATION_IN_PROGRESS',
  'CREATION_FAILED',
  'CREATION_COMPLETE',
  'DELETION_IN_PROGRESS',
  'DELETION_FAILED',
  'DELETION_COMPLETE',
  'UPDATE_IN_PROGRESS',
  'UPDATE_FAILED',
  'UPDATE_COMPLETE',
] as const
export type ResourceStatus = (typeof resourceStatuses)[number]

export const eventTypes = ['LOG', 'ERROR', 'DRIFT', 'SUMMARY', ...resourceStatuses] as const
export type EventType = (typeof eventTypes)[number]

/** `[ListExecutionPlans]` */
export const planStatuses = [
  'CREATION_IN_PROGRESS',
  'CREATION_FAILED',
  'AVAILABLE',
  'APPLY_IN_PROGRESS',
  'APPLIED',
] as const
export type PlanStatus = (typeof planStatuses)[number]

/** `[GetExecutionPlan]`: the two ..._THEN_... values are replacements; NO_OPERATION only changes dependencies. */
export const itemActions = ['ADD', 'ADD_THEN_DELETE', 'DELETE', 'DELETE_THEN_ADD', 'UPDATE', 'NO_OPERATION'] as const
export type ItemAction = (typeof itemActions)[number]

export const itemModes = ['DATA', 'RESOURCE'] as const

/** `[hw:EstimateExecutionPlanPrice]` */
export const currencies = ['CNY', 'USD'] as const
export const chargeModes = ['PRE_PAID', 'POST_PAID', 'FREE'] as const
export type ChargeMode = (typeof chargeModes)[number]
export const periodTypes = ['HOUR', 'DAY', 'MONTH', 'YEAR', 'BYTE', 'MB', 'GB'] as const
export type PeriodType = (typeof periodTypes)[number]
