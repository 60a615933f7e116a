/** What a template may contain in the profile `hosted`: checked before anything is stored or queued. */
import { RfsError } from '../contract/errors.ts'
import { type PolicyView, viewHcl } from './policy-hcl.ts'
import { viewJson } from './policy-json.ts'
import { refusedModules } from './policy-modules.ts'
import type { Finding, TemplateSource } from './policy-rules.ts'

export type TemplateProfile = 'hosted' | 'open'

/**
 * Refuses a template that uses what the profile does not allow; `open` allows everything. All files of the template are
 * looked at together, those that the engine does not read as configuration are not evaluated by anything allowed.
 * @throws RfsError `TemplateInvalid`, naming file, line and construct of the first finding and the number of others.
 */
export async function refuseByPolicy(files: readonly TemplateSource[], profile: TemplateProfile): Promise<void> {
  if (profile === 'open') return
  const findings = await templateFindings(files)
  const [first] = findings
  if (!first) return
  const others = findings.length > 1 ? ` (and ${findings.length - 1} more)` : ''
  throw new RfsError(
    'TemplateInvalid',
    `${first.file}, line ${first.line}: ${first.construct} is not allowed in templates of this service${others}.`,
  )
}

/** What is no JSON here may be some for the engine, or for its next version. */
async function viewJsonOrRefuse(file: TemplateSource): Promise<PolicyView> {
  try {
    return await viewJson(file)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { findings: [{ file: file.path, line: 1, construct: 'JSON that cannot be read for certain' }], modules: [] }
  }
}

/** Everything in the files of a template that the profile `hosted` does not allow, by file and line. */
export async function templateFindings(files: readonly TemplateSource[]): Promise<Finding[]> {
  const views = []
  for (const file of files) {
    if (/\.(tf|tofu)\.json$/.test(file.path)) views.push(await viewJsonOrRefuse(file))
    else if (/\.(tf|tofu)$/.test(file.path)) views.push(await viewHcl(file))
  }
  const findings = [...views.flatMap((view) => view.findings), ...refusedModules(views.flatMap((view) => view.modules))]
  const order = files.map(({ path }) => path)
  return findings.sort((a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line)
}
