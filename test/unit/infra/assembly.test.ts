import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { synthesize } from '../../../infra/app.ts'
import { jobNames } from '../../../infra/bundle.ts'
import { operations } from '../../../shared/contract/index.ts'
import type { Json } from './synthesized-template.ts'

let folder: string
let assembly: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfs-assembly-'))
  assembly = await synthesize(join(folder, 'first'), { validate: true })
})
afterAll(() => rm(folder, { recursive: true }))

const read = (directory: string, name: string) => readFile(join(directory, name), 'utf8')
const assets = async (directory: string) =>
  (await readdir(directory)).filter((name) => name.startsWith('asset.')).sort()

test('every function of the template has its code in the assembly', async () => {
  const template: Json = JSON.parse(await read(assembly, 'Rfs.template.json'))
  const files: Json = JSON.parse(await read(assembly, 'Rfs.assets.json')).files
  const lambdas = Object.values<Json>(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function')
  expect(lambdas).toHaveLength(operations.length + jobNames.length)
  for (const { Properties } of lambdas) {
    const { source } = files[Properties.Code.S3Key.replace('.zip', '')]
    expect(source.packaging).toBe('zip')
    expect((await stat(join(assembly, source.path, 'index.mjs'))).size).toBeGreaterThan(0)
  }
})

test("the template keeps CloudFormation's rules, but for the two ARNs that may be empty until a deployment", async () => {
  const { pluginReports }: Json = JSON.parse(await read(assembly, 'validation-report.json'))
  const report = pluginReports.find(({ pluginName }: Json) => pluginName === 'CloudFormation Validate')
  expect(report.violations).toEqual([])
  for (const { ruleName, description } of report.suppressedViolations) {
    expect([ruleName, description]).toEqual(['W1030', expect.stringMatching(/'Ref': '(EngineLayerArn|AlarmTopicArn)'/)])
  }
})

test('the same sources give the same assembly, without a path of the machine in what is deployed', async () => {
  const again = await synthesize(join(folder, 'second'))
  const [first, second] = [await read(assembly, 'Rfs.template.json'), await read(again, 'Rfs.template.json')]
  expect(second).toBe(first)
  expect(await assets(again)).toEqual(await assets(assembly))
  for (const path of [folder, resolve(import.meta.dirname, '../../..')]) expect(first).not.toContain(path)
})

test('synthesizing into the same folder again leaves no asset behind that nothing refers to', async () => {
  const before = await assets(assembly)
  await rm(join(assembly, before[0]!), { recursive: true })
  await mkdir(join(assembly, 'asset.of-earlier-sources'))
  await synthesize(assembly)
  expect(await assets(assembly)).toEqual(before)
})
