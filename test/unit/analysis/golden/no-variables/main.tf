locals {
  variable = { "a" = 1 }
}

resource "terraform_data" "variable" {
  input = "variable \"text\" {}"
}

output "b" {
  value = <<-EOT
    variable "c" {
    }
  EOT
}
