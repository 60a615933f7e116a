/**
 * Reads a synthesized CDK assembly: the one stack's CloudFormation template and where its file assets lie on this disk.
 * Promises nothing about the meaning of the template; see `intrinsics.ts` and `cloud-model.ts`.
 */
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'

export type TemplateParameter = {
  Type: string
  Default?: string | number
  AllowedValues?: (string | number)[]
  AllowedPattern?: string
  MinValue?: number
  MaxValue?: number
  MinLength?: number
  MaxLength?: number
  ConstraintDescription?: string
}

export type TemplateResource = { Type: string; Condition?: string; Properties?: Record<string, unknown> }

export type Template = {
  Parameters?: Record<string, TemplateParameter>
  Conditions?: Record<string, unknown>
  Mappings?: Record<string, Record<string, Record<string, unknown>>>
  Resources: Record<string, TemplateResource>
}

export type Assembly = {
  stackName: string
  template: Template
  /** Object key in the bootstrap bucket (`<hash>.zip`) -> absolute folder of the unpacked asset. */
  assetFolders: ReadonlyMap<string, string>
}

type Manifest = {
  artifacts: Record<
    string,
    { type: string; properties?: { templateFile?: string; file?: string; stackName?: string }; dependencies?: string[] }
  >
}

type AssetManifest = {
  files: Record<
    string,
    { source: { path: string; packaging?: string }; destinations: Record<string, { objectKey: string }> }
  >
}

const readJson = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8')) as T

/**
 * @param folder the assembly, usually `cdk.out`
 * @throws Error when the folder holds no assembly, or not exactly one stack
 */
export async function readAssembly(folder: string): Promise<Assembly> {
  const manifest = await readJson<Manifest>(join(folder, 'manifest.json')).catch((error: Error) => {
    throw new Error(`${folder} is not a synthesized assembly: ${error.message}`)
  })
  const stacks = Object.entries(manifest.artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack')
  const [stack] = stacks
  if (stacks.length !== 1 || !stack) {
    throw new Error(`the local runtime runs exactly one stack, ${folder} holds ${stacks.length}`)
  }
  const [artifactId, { properties }] = stack
  if (!properties?.templateFile) throw new Error(`the stack ${artifactId} in ${folder} names no template file`)
  return {
    stackName: properties.stackName ?? artifactId,
    template: await readJson<Template>(join(folder, properties.templateFile)),
    assetFolders: await readAssetFolders(folder, manifest),
  }
}

async function readAssetFolders(folder: string, manifest: Manifest) {
  const folders = new Map<string, string>()
  for (const artifact of Object.values(manifest.artifacts)) {
    if (artifact.type !== 'cdk:asset-manifest' || !artifact.properties?.file) continue
    const { files } = await readJson<AssetManifest>(join(folder, artifact.properties.file))
    for (const { source, destinations } of Object.values(files)) {
      const path = isAbsolute(source.path) ? source.path : join(folder, source.path)
      for (const { objectKey } of Object.values(destinations)) folders.set(objectKey, path)
    }
  }
  return folders
}
