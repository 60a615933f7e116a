variable "replaced" {
  type        = string
  description = "As in the template."
  default     = "base"
  validation {
    condition     = var.replaced != "bad"
    error_message = "Not bad."
  }
}

variable "retyped" {
  type    = string
  default = "1"
}

variable "hidden" {
  default = "x"
}

variable "untouched" {
  default = "y"
}

variable "last_wins" {
  default = "base"
}

variable "object" {
  type    = object({ a = optional(string, "base"), b = optional(string) })
  default = { b = "c" }
}
