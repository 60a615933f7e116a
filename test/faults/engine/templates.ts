/**
 * What the killed engines make: a chain of resources of the engine's own provider, each of which notes its making in a
 * journal that stands for the outside world. The first line names the run, so that its processes can be found.
 */

export const steps = ['step_0', 'step_1', 'step_2', 'step_3', 'step_4'] as const

/** What a template makes beside its chain, so that a bound is reached in the middle of it. */
export type Weight = 'light' | 'much memory' | 'much state'

/** The step whose making is half of the work. */
const middle = steps[2]
/** After the making of the first of these the trouble comes, or, when it met nobody, of the next. */
export const laterSteps = [middle, steps[3]] as const

const seconds = 0.5
/** Some 30 MB of text, which nobody can know before the middle step is made. */
const heavyText = `
locals {
  heavy = join("", [for at in range(60) : format("%s %0500000d", terraform_data.${middle}.id, at)])
}
resource "terraform_data" "heavy" {
  input = length(local.heavy)
}
`

function step(name: string, before: string | undefined, journal: string, weight: Weight): string {
  const input = weight === 'much state' ? 'format("%012000d", 1)' : '"made"'
  return `
resource "terraform_data" "${name}" {
  input = ${input}
  ${before ? `depends_on = [terraform_data.${before}]` : ''}
  provisioner "local-exec" {
    command = "sleep ${seconds}; echo ${name} >> ${journal}"
  }
}
`
}

export function chain(run: string, journal: string, weight: Weight): string {
  const resources = steps.map((name, at) => step(name, steps[at - 1], journal, weight))
  return `# run: ${run}\n${resources.join('')}${weight === 'much memory' ? heavyText : ''}`
}
