variable "region" {
  type        = string
  description = "Where everything is made."
  default     = "eu-de"
}

variable "instances" {
  type    = number
  default = 3
}

variable "monitored" {
  type    = bool
  default = false
}

variable "anything" {
  type    = any
  default = ["a", 1, true, null]
}

variable "untyped" {
  default = "as it is: 1"
}

variable "bare" {}

variable "password" {
  type      = string
  sensitive = true
}

variable "zone" {
  description = "\"null\" is no answer."
  type        = string
  nullable    = false
  default     = ""
}

variable "note" {
  type     = string
  nullable = true
  default  = null
}

variable text_from_number {
  type    = string
  default = 1.50
}

variable "text_from_truth" {
  type    = string
  default = true
}

variable "number_from_text" {
  type    = number
  default = "0012.5"
}

variable "truth_from_text" {
  type    = bool
  default = "1"
}
