variable "server" {
  type = object({
    name = string
    size = number, tags = map(string)
    disks = list(object({
      gigabytes : number
      encrypted = bool
    }))
  })
  default = {
    name = "web"
    size = "2"
    tags = { env = "test", stage = 1 }
    disks = [
      { gigabytes = 10, encrypted = "true", ignored = "not in the type" },
      { encrypted = false, gigabytes = 20 },
    ]
  }
}

variable "anything_goes" {
  type    = object({})
  default = { dropped = 1 }
}

variable "servers" {
  type = map(object({ zone = string }))
  default = {
    a = { zone = 1 }
    b = { zone = null }
  }
}

variable "absent" {
  type    = object({ a = string })
  default = null
}
