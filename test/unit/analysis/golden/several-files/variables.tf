variable "zone" {
  type    = string
  default = "eu-de-01"
}
