/**
 * The CDK application: bundles the functions and synthesizes the template. It asks no network and no account; the same
 * sources give the same assembly.
 *
 * Context `stage` (`cdk deploy -c stage=test`) names the CloudFormation stack `rfs-<stage>`, so that an account can hold several.
 */
import { readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { App, AssetStaging, DefaultStackSynthesizer } from 'aws-cdk-lib'
import { operations } from '../shared/contract/index.ts'
import { bundleFunctions } from './bundle.ts'
import { ServiceStack } from './service-stack.ts'

/** Assets are named by their content, so those of earlier sources would stay for ever. */
async function removeOldAssets(outDir: string): Promise<void> {
  const names = await readdir(outDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const old = names.filter((name) => name.startsWith('asset.'))
  await Promise.all(old.map((name) => rm(join(outDir, name), { recursive: true })))
  // CDK remembers for the whole process what it has staged where, and would not look again.
  AssetStaging.clearAssetHashCache()
}

export interface SynthesizeOptions {
  /** Have CDK check the template against CloudFormation's rules, which takes a second and only warns. */
  readonly validate?: boolean
}

/**
 * Bundles and synthesizes into `outDir`.
 * @returns the path of the cloud assembly (the folder with `manifest.json` and `Rfs.template.json`).
 */
export async function synthesize(outDir: string, { validate = false }: SynthesizeOptions = {}): Promise<string> {
  const outdir = resolve(outDir)
  await removeOldAssets(outdir)
  const bundles = await bundleFunctions({ outDir: join(outdir, 'functions') })
  const app = new App({
    outdir,
    analyticsReporting: false,
    treeMetadata: false,
    stackTraces: false,
    builtinCloudFormationValidation: validate,
  })
  const stage: unknown = app.node.tryGetContext('stage')
  new ServiceStack(app, 'Rfs', {
    operations,
    bundles,
    stackName: typeof stage === 'string' && stage !== '' ? `rfs-${stage}` : 'rfs',
    description: 'Resource formation: stacks of Terraform templates',
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
  })
  return app.synth().directory
}

if (import.meta.main) await synthesize(process.env.CDK_OUTDIR ?? 'cdk.out', { validate: true })
