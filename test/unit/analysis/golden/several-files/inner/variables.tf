variable "of_the_module" {
  default = 1
}
