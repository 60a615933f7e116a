import { openBlobs } from '../../shared/aws/blobs.ts'
import { systemClock } from '../../shared/aws/clock.ts'
import { readEnvironment } from '../../shared/aws/environment.ts'
import { RfsError } from '../../shared/contract/errors.ts'
import { CreateTemplate } from '../../shared/contract/templates.ts'
import { serve } from '../../shared/http/serve.ts'
import { openTemplateIntake } from '../../shared/template/intake.ts'
import { createTemplate } from '../../shared/template-library/create.ts'
import { openTemplateQuota } from '../../shared/template-library/quota.ts'
import { openTemplateStore } from '../../shared/template-library/store.ts'
import { openVersionStore } from '../../shared/template-library/version-store.ts'

const dependencies = {
  templates: openTemplateStore,
  versions: openVersionStore,
  blobs: openBlobs,
  quota: openTemplateQuota,
  intake: openTemplateIntake,
  clock: systemClock,
  limits: () => readEnvironment('TEMPLATE_QUOTA'),
}

export const handler = serve(CreateTemplate, dependencies, async (deps, { path, body, fingerprint }) => {
  const read = async () => {
    const given = await deps.intake.readTemplate(body, path.project_id)
    if (!given) throw new RfsError('TemplateMissing')
    return given.template
  }
  const given = {
    project: path.project_id,
    name: body.template_name,
    description: body.template_description,
    versionDescription: body.version_description,
    read,
    fingerprint,
  }
  const { id } = await createTemplate(deps, given, deps.limits.TEMPLATE_QUOTA, deps.clock.now())
  return { body: { template_id: id, version_id: 'V1' } }
})
