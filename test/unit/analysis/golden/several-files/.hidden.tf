variable "name" { default = "hidden" }
