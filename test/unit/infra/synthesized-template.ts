/**
 * The service's template for given operations, and ways to read it. The functions' code is a line each that says whose it is,
 * so that no bundler runs and a test can still tell whether a function got the right code.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, DefaultStackSynthesizer } from 'aws-cdk-lib'
import { jobNames } from '../../../infra/bundle.ts'
import { ServiceStack } from '../../../infra/service-stack.ts'
import type { Operation } from '../../../shared/contract/operation.ts'

// biome-ignore lint/suspicious/noExplicitAny: a template is read here as the text it is, each test names the shape it expects
export type Json = any

export interface Resource {
  readonly id: string
  readonly Type: string
  readonly Properties: Json
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

export interface SynthesizedTemplate {
  readonly template: Json
  /** Every resource, or those of one type. */
  readonly resources: (type?: string) => Resource[]
  /** The only resource of a type whose id begins so. */
  readonly one: (type: string, idPrefix?: string) => Resource
  /** The code of a function, as it lies in the assembly. */
  readonly codeOf: (lambda: Resource) => Promise<string>
  readonly remove: () => Promise<void>
}

async function fakeBundles(folder: string, operations: readonly Operation[]) {
  const names = [...operations.map(({ id }) => id), ...jobNames]
  for (const name of names) {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, 'index.mjs'), `export const handler = '${name}'\n`)
  }
  return names.map((name) => ({ name, folder: join(folder, name) }))
}

export async function synthesizeTemplate(operations: readonly Operation[]): Promise<SynthesizedTemplate> {
  const folder = await mkdtemp(join(tmpdir(), 'rfs-template-'))
  const app = new App({
    outdir: join(folder, 'out'),
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: false,
  })
  new ServiceStack(app, 'Rfs', {
    operations,
    bundles: await fakeBundles(join(folder, 'code'), operations),
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
  })
  const template: Json = app.synth().getStackArtifact('Rfs').template
  const all = Object.entries(template.Resources).map(([id, resource]) => ({ id, ...(resource as object) }) as Resource)
  const resources = (type?: string) => all.filter(({ Type }) => type === undefined || Type === type)
  return {
    template,
    resources,
    one: (type, idPrefix = '') => {
      const found = resources(type).filter(({ id }) => id.startsWith(idPrefix))
      if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} begin with '${idPrefix}'`)
      return found[0]!
    },
    codeOf: ({ Properties: { Code } }) =>
      readFile(join(folder, 'out', `asset.${Code.S3Key.replace('.zip', '')}`, 'index.mjs'), 'utf8'),
    remove: () => rm(folder, { recursive: true }),
  }
}

/** An intrinsic as a short text: `{Ref}` -> `Id`, `{Fn::GetAtt}` -> `Id.Arn`, `{Fn::Join}` -> its parts joined. */
export function render(value: Json): string {
  if (typeof value === 'string') return value
  if ('Ref' in value) return value.Ref
  if ('Fn::GetAtt' in value) return value['Fn::GetAtt'].join('.')
  if ('Fn::Join' in value) return value['Fn::Join'][1].map(render).join(value['Fn::Join'][0])
  throw new Error(`cannot render ${JSON.stringify(value)}`)
}

export function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T]
}

/** ` if operator key value` for each condition of a statement. */
function conditions(statement: Json): string {
  const entries = Object.entries<Json>(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries<Json>(keys).map(([key, values]) => ` if ${operator} ${key} ${list<string>(values).join('|')}`),
  )
  return entries.join('')
}

/** Every action that a role's policies speak of, with its resource, `effect action resource`, sorted. */
export function allowed(role: Resource): string[] {
  return role.Properties.Policies.flatMap(({ PolicyDocument }: Json) => PolicyDocument.Statement)
    .flatMap((statement: Json) =>
      list<string>(statement.Action).flatMap((action) =>
        list<Json>(statement.Resource).map(
          (resource) => `${statement.Effect} ${action} ${render(resource)}${conditions(statement)}`,
        ),
      ),
    )
    .sort()
}
