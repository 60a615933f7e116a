/** Templates for the tests: all of them deploy for real with the engine's built-in provider. */

/** `count` resources with one attribute each. */
export const many = (count: number, word = 'v') => `
resource "terraform_data" "many" {
  count = ${count}
  input = "${word}\${count.index}"
}
`

/** One resource that runs a shell script when it is made. */
export const running = (script: string) => `
resource "terraform_data" "running" {
  provisioner "local-exec" {
    command = <<-SCRIPT
      ${script.split('\n').join('\n      ')}
    SCRIPT
  }
}
`

export const everyForm = `
variable "names" {
  type    = set(string)
  default = ["ada", "grace"]
}
variable "secret" {
  type      = string
  default   = "planted-secret"
  sensitive = true
}
resource "terraform_data" "single" {
  input = { size = 3, tags = ["a", "b"], note = null }
}
resource "terraform_data" "counted" {
  count = 2
  input = "counted \${count.index}"
}
resource "terraform_data" "named" {
  for_each = var.names
  input    = each.key
}
resource "terraform_data" "hidden" {
  input = var.secret
}
output "text" {
  value = terraform_data.single.input.tags[0]
}
output "number" {
  value = terraform_data.single.input.size
}
output "list" {
  value = [for each in terraform_data.counted : each.output]
}
output "secret" {
  value     = var.secret
  sensitive = true
}
`

/** A resource that exists only while `file` does not: its provisioner or condition fails otherwise. */
export const unlessFile = (file: string, word = 'v1') => `
variable "door" {
  default = "${file}"
}
resource "terraform_data" "guarded" {
  input = "${word}"
  lifecycle {
    precondition {
      condition     = !fileexists(var.door)
      error_message = "The door is closed."
    }
  }
}
`

/** Fails in the plan, before anything is touched. */
export const failsInPlan = `
variable "number" {
  default = 1
}
resource "terraform_data" "never" {
  input = "x"
  lifecycle {
    precondition {
      condition     = var.number > 2
      error_message = "One is not greater than two."
    }
  }
}
`

/** Makes `first`, then fails on `second` for as long as `file` does not exist. */
export const failsHalfway = (file: string) => `
resource "terraform_data" "first" {
  input = "made"
}
resource "terraform_data" "second" {
  input      = "needs the file"
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "test -f ${file} || { echo 'the file is not there' >&2; exit 3; }"
  }
}
output "first" {
  value = terraform_data.first.output
}
`

/** A chain of resources; each notes its making in `journal` and then takes `seconds`. */
export const slowChain = (length: number, seconds: number, journal: string) =>
  Array.from(
    { length },
    (_, at) => `
resource "terraform_data" "step_${at}" {
  input = "${at}"
  ${at > 0 ? `depends_on = [terraform_data.step_${at - 1}]` : ''}
  provisioner "local-exec" {
    command = "sleep ${seconds}; echo step_${at} >> ${journal}"
  }
}`,
  ).join('\n')
