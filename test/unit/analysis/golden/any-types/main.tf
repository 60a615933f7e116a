variable "texts_of_all" {
  type    = list(any)
  default = ["a", 1, true, null]
}

variable "numbers" {
  type    = list(any)
  default = [1, 2.5, null]
}

variable "objects" {
  type    = list(any)
  default = [{ a = 1, b = [true] }, { a = "x", b = [false, "y"] }]
}

variable "maps" {
  type    = list(any)
  default = [{ a = 1 }, { b = "x" }]
}

variable "lists" {
  type    = map(any)
  default = { one = [1], two = ["x", true] }
}

variable "set_of_all" {
  type    = set(any)
  default = [3, 1, "2"]
}

variable "bare_list" {
  type    = list
  default = [1, "b"]
}

variable "bare_map" {
  type    = map
  default = { a = 1, b = "x" }
}

variable "as_written" {
  type    = any
  default = { list = [1, "a"], object = { b = null }, list_of_lists = [[1], ["x"]] }
}
