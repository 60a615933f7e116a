/** A template before and after a change that has everything a plan can say with the engine's built-in provider. */

const keyed = `variable "keys" { type = set(string) }

resource "terraform_data" "keyed" {
  for_each = var.keys
  input    = [each.key, 2.5, true, null]
}
`

const secret = (value: string) => `variable "secret" {
  type      = string
  sensitive = true
  default   = "${value}"
}

resource "terraform_data" "secret" {
  input = var.secret
}

resource "terraform_data" "partly_secret" {
  input = { name = "shown", password = var.secret }
}
`

export const before: Readonly<Record<string, string>> = {
  'main.tf': `resource "terraform_data" "same" {
  input = "same"
}

resource "terraform_data" "updated" {
  input = { text = "a", big = 12345678901234567890 }
}

resource "terraform_data" "deleted" {
  input = "gone"
}

resource "terraform_data" "replaced" {
  triggers_replace = 1
}

resource "terraform_data" "replaced_after" {
  triggers_replace = 1
  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "replaced_with" {
}

resource "terraform_data" "broken" {
  provisioner "local-exec" { command = "exit 1" }
}

resource "terraform_data" "counted" {
  count = 3
  input = count.index
}

resource "terraform_data" "plain" {
  for_each = toset(["only"])
}

resource "terraform_data" "old" {
  input = "moved"
}

resource "terraform_data" "forgotten" {
  input = "kept outside"
}

module "parts" {
  source = "./parts"
  keys   = ["x", "y z"]
}

module "gone" {
  source   = "./parts"
  for_each = toset(["a"])
  keys     = ["x"]
}
`,
  'secret.tf': secret('hunter2-before'),
  'parts/main.tf': keyed,
}

export const after: Readonly<Record<string, string>> = {
  'main.tf': `resource "terraform_data" "same" {
  input = "same"
}

resource "terraform_data" "added" {
  input = "new"
}

resource "terraform_data" "added_from" {
  input = { name = "from", id = terraform_data.added.id, list = ["a", terraform_data.added.id] }
}

resource "terraform_data" "updated" {
  input = { text = "b", big = 12345678901234567891 }
}

resource "terraform_data" "replaced" {
  triggers_replace = 2
}

resource "terraform_data" "replaced_after" {
  triggers_replace = 2
  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "replaced_with" {
  lifecycle {
    replace_triggered_by = [terraform_data.replaced]
  }
}

resource "terraform_data" "broken" {
  provisioner "local-exec" { command = "true" }
}

resource "terraform_data" "counted" {
  count = 2
  input = count.index
}

resource "terraform_data" "plain" {
}

moved {
  from = terraform_data.old
  to   = terraform_data.new
}

resource "terraform_data" "new" {
  input = "moved"
}

removed {
  from = terraform_data.forgotten
  lifecycle {
    destroy = false
  }
}

import {
  to = terraform_data.imported
  id = "known-id"
}

resource "terraform_data" "imported" {
}

import {
  to = terraform_data.imported_and_changed
  id = "other-id"
}

resource "terraform_data" "imported_and_changed" {
  input = "as the template says"
}

module "parts" {
  source = "./parts"
  keys   = ["x", "z"]
}

module "gone" {
  source   = "./parts"
  for_each = toset([])
  keys     = ["x"]
}

# Which state to read is known only when the resource is made.
data "terraform_remote_state" "later" {
  backend = "local"
  config  = { path = terraform_data.added.id == "" ? "none.tfstate" : "other.tfstate" }
}

output "read_later" { value = data.terraform_remote_state.later.outputs.text }
`,
  'secret.tf': secret('hunter2-after'),
  'parts/main.tf': keyed,
  'other.tfstate':
    '{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l","outputs":{"text":{"value":"read","type":"string"}},"resources":[]}',
}
