/** Every operation, and nothing else. Walk this list; do not keep another one. */
import * as executionPlans from './execution-plans.ts'
import type { Operation } from './operation.ts'
import * as service from './service.ts'
import * as softwareConfigs from './software-configs.ts'
import * as softwareDeployments from './software-deployments.ts'
import * as softwareSignals from './software-signals.ts'
import * as stackReads from './stack-reads.ts'
import * as stacks from './stacks.ts'
import * as templateAnalyses from './template-analyses.ts'
import * as templateVersions from './template-versions.ts'
import * as templates from './templates.ts'

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'operationId' in value && 'path' in value
}

export const operations: readonly Operation[] = [
  stacks,
  stackReads,
  executionPlans,
  templates,
  templateVersions,
  templateAnalyses,
  softwareConfigs,
  softwareDeployments,
  softwareSignals,
  service,
].flatMap((group) => Object.values<unknown>(group).filter(isOperation))
