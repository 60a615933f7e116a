variable "zones" {
  type    = list(string)
  default = ["eu-de-01", "eu-de-02", 3, true, null]
}

variable "ports" {
  type    = set(number)
  default = [443, 80, "443", 8080, 80.0]
}

variable "names" {
  type    = set(string)
  default = ["ö", "b", "a", "Z", "b"]
}

variable "flags" {
  type    = map(bool)
  default = { a = true, b = "false", "c d" = "0" }
}

variable "empty" {
  type    = map(list(string))
  default = {}
}

variable "nested" {
  type = map(list(set(string)))
  default = {
    one = [["x", "x"], []]
    two = []
  }
}

variable "matrix" {
  type    = list(list(number))
  default = [[1, "2"], [], [-3]]
}
