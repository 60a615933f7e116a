variable "image" {
  type        = string
  description = "Id of the image."
  default     = "img-1"
  validation {
    condition     = length(var.image) > 4 && substr(var.image, 0, 4) == "img-"
    error_message = "The image must begin with \"img-\"."
  }
  validation {
    condition = can(
      regex("^img-[0-9]+$", var.image)
    )
    error_message = "The image ${var.image} is none of $${images}."
  }
}

variable "size" {
  type    = number
  default = 2
  validation {
    condition     = var.size >= 1 ? var.size <= 9 : false
    error_message = <<-EOT
      A size from 1 to 9
      is needed.
    EOT
  }
  validation {
    error_message = format("The size %d is odd.", var.size)
    condition     = var.size % 2 == 0
  }
  validation {
    condition     = "${var.size != 3}"
    error_message = "Three."
  }
}
