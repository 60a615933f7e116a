variable "website" {
  type = object({
    name  = string
    port  = optional(number, "8080")
    index = optional(string)
    tls = optional(object({
      enabled = optional(bool, true)
      ciphers = optional(list(string), ["a", 1])
    }), {})
    labels = optional(map(string), { owner = "nobody", "a b" = 2 })
  })
  default = { name = "docs" }
}

variable "websites" {
  type = list(object({
    name = string
    port = optional(number, 80)
  }))
  default = [
    { name = "a" },
    { name = "b", port = null },
    { name = "c", port = "81" },
  ]
}

variable "by_name" {
  type    = map(object({ limits = optional(tuple([number, number]), [0, "1"]) }))
  default = { x = {}, y = { limits = [2, 3] } }
}

variable "none" {
  type    = object({ a = optional(string, "d") })
  default = null
}

variable "texts" {
  type    = object({ a = optional(string, "$${x} \"q\"\n"), b = optional(any, null) })
  default = {}
}
