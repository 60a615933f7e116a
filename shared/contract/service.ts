/** Operations about the service itself. */
import * as z from 'zod/mini'
import { operation } from './operation.ts'
import { UnknownRoute } from './unknown-route.ts'

export const GetOpenapi = operation({
  id: 'get-openapi',
  operationId: 'GetOpenapi',
  group: 'service',
  summary: 'Read the OpenAPI document of this service.',
  method: 'GET',
  path: '/openapi.json',
  access: [],
  request: { clientRequestId: 'optional' },
  success: { status: 200, meaning: 'The document.', body: z.looseObject({ openapi: z.string() }) },
  errors: ['Internal'],
})

const Link = z.object({ href: z.string(), rel: z.string() })

export const ListVersions = operation({
  id: 'list-versions',
  operationId: 'ListVersions',
  group: 'service',
  summary: 'Read the versions of the Heat-compatible API, as its clients do first.',
  method: 'GET',
  path: '/',
  alsoAt: ['/versions'],
  dialect: 'heat',
  access: [],
  request: { clientRequestId: 'optional' },
  success: {
    status: 300,
    meaning: 'The versions.',
    body: z.object({ versions: z.array(z.object({ id: z.string(), links: z.array(Link), status: z.string() })) }),
  },
  errors: ['Fault'],
})

const Revision = z.object({ revision: z.string() })

export const ShowBuildInfo = operation({
  id: 'show-build-info',
  operationId: 'ShowBuildInfo',
  group: 'service',
  summary: 'Read the revision of the Heat-compatible API.',
  method: 'GET',
  path: '/v1/{project_id}/build_info',
  dialect: 'heat',
  identified: true,
  access: [],
  request: { path: z.object({ project_id: z.string() }), clientRequestId: 'optional' },
  success: { status: 200, meaning: 'The revision.', body: z.object({ api: Revision, engine: Revision }) },
  errors: ['Fault'],
})

const softwareConfigs = '/v1/{project_id}/software_configs'
const softwareDeployments = '/v1/{project_id}/software_deployments'

/**
 * What Heat answers on its paths for verbs that are no operation, once it knows who calls and whoever that is: `OPTIONS` with
 * the others' names, 405 for the rest.
 */
export const AnswerOtherVerbs = operation({
  id: 'answer-other-verbs',
  operationId: 'AnswerOtherVerbs',
  group: 'service',
  summary: 'Answer verbs that a software configuration path does not take.',
  method: 'ANY',
  path: softwareConfigs,
  alsoAt: [
    `${softwareConfigs}/{config_id}`,
    softwareDeployments,
    `${softwareDeployments}/{deployment_id}`,
    // A path of its own for the gateway, although Heat reads it as a deployment named `metadata`.
    `${softwareDeployments}/metadata`,
    `${softwareDeployments}/metadata/{server_id}`,
  ],
  dialect: 'heat',
  identified: true,
  access: [],
  request: { clientRequestId: 'optional' },
  success: { status: 204, meaning: 'The verbs of the path.', headers: [{ name: 'Allow', description: 'The verbs.' }] },
  errors: ['NotFound', 'VerbNotAllowed', 'LimitExceeded', 'Fault'],
})

/** Below a project it is asked who calls before it is told that there is no such path, as Heat does. */
export const AnswerUnknownPath = operation({
  id: 'answer-unknown-path',
  operationId: 'AnswerUnknownPath',
  group: 'service',
  summary: 'Answer paths of a project that are none.',
  method: 'ANY',
  path: '/v1/{project_id}/{unknown_path+}',
  dialect: 'heat',
  identified: true,
  access: [],
  request: {
    path: z.object({ project_id: z.string(), unknown_path: z.string() }),
    clientRequestId: 'optional',
  },
  success: { status: 404, meaning: 'There is no such path.', body: UnknownRoute },
  errors: ['NotFound', 'LimitExceeded', 'Fault'],
})
