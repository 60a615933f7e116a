variable "replaced" {
  default = 2
}

variable "retyped" {
  type = number
}

variable "hidden" {
  sensitive   = true
  nullable    = false
  description = "Now a secret."
}

variable "last_wins" {
  default = "override"
}

variable "object" {
  default = {}
}
