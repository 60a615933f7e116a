import { openBlobs } from '../../shared/aws/blobs.ts'
import { systemClock } from '../../shared/aws/clock.ts'
import { readEnvironment } from '../../shared/aws/environment.ts'
import { RfsError } from '../../shared/contract/errors.ts'
import { CreateTemplateVersion } from '../../shared/contract/template-versions.ts'
import { serve } from '../../shared/http/serve.ts'
import { openTemplateIntake } from '../../shared/template/intake.ts'
import { addVersion } from '../../shared/template-library/add-version.ts'
import { loadTemplate } from '../../shared/template-library/load.ts'
import { versionIdOf } from '../../shared/template-library/record.ts'
import { openTemplateStore } from '../../shared/template-library/store.ts'
import { openVersionStore } from '../../shared/template-library/version-store.ts'

const dependencies = {
  templates: openTemplateStore,
  versions: openVersionStore,
  blobs: openBlobs,
  intake: openTemplateIntake,
  clock: systemClock,
  limits: () => readEnvironment('TEMPLATE_VERSION_QUOTA'),
}

export const handler = serve(CreateTemplateVersion, dependencies, async (deps, { path, query, body }) => {
  const template = await loadTemplate(deps.templates, path, query.template_id)
  const read = await deps.intake.readTemplate(body, path.project_id)
  if (!read) throw new RfsError('TemplateMissing')
  const given = { description: body.version_description, content: read.template }
  const number = await addVersion(deps, template, given, deps.limits.TEMPLATE_VERSION_QUOTA, deps.clock.now())
  return { body: { version_id: versionIdOf(number) } }
})
