resource "terraform_data" "web" {
  input = var.name
}

module "inner" {
  source = "./inner"
}

variable "name" {
  default = "web"
}
