import { declaredVariables } from '../../shared/analysis/declared-variables.ts'
import { TemplateProblem } from '../../shared/analysis/problem.ts'
import { toVariables } from '../../shared/analysis/views.ts'
import { RfsError } from '../../shared/contract/errors.ts'
import { ParseTemplateVariables } from '../../shared/contract/template-analyses.ts'
import { serve } from '../../shared/http/serve.ts'
import { openTemplateIntake } from '../../shared/template/intake.ts'

const dependencies = { intake: openTemplateIntake }

export const handler = serve(ParseTemplateVariables, dependencies, async ({ intake }, { path, body }) => {
  const template = await intake.readTemplate(body, path.project_id, { policy: false })
  if (!template) throw new RfsError('TemplateMissing')
  try {
    const variables = toVariables(await declaredVariables(template.files))
    return { body: variables.length > 0 ? { variables } : {} }
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error
    const isBody = error.kind === 'syntax' && Boolean(body.template_body)
    throw new RfsError(isBody ? 'TemplateBodyInvalid' : 'TemplateInvalid', error.message)
  }
})
