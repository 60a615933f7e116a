# A template that needs no cloud: everything in it is made by the engine itself.

variable "greeting" {
  type        = string
  description = "What to say."
  default     = "Hello"
}

variable "people" {
  type        = set(string)
  description = "Whom to greet."
  default     = ["Ada", "Grace"]
}

variable "token" {
  type        = string
  description = "Never shown anywhere."
  default     = "not-a-real-token"
  sensitive   = true
}

# The outside world as this demo sees it: a moment before which the deployment cannot succeed.
variable "ready_at" {
  type        = string
  description = "RFC 3339 time from which on the service that this template needs is up."
  default     = "2020-01-01T00:00:00Z"
}

resource "terraform_data" "greeting" {
  for_each = var.people
  input    = "${var.greeting}, ${each.key}!"
}

resource "terraform_data" "door" {
  input = var.token

  lifecycle {
    precondition {
      condition     = timecmp(plantimestamp(), var.ready_at) >= 0
      error_message = "The service behind the door is not up yet (expected at ${var.ready_at})."
    }
  }
}

output "greetings" {
  value       = [for each in terraform_data.greeting : each.output]
  description = "One line for each person."
}

output "token" {
  value     = terraform_data.door.output
  sensitive = true
}
