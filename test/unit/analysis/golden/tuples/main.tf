variable "pair" {
  type    = tuple([string, number])
  default = [1, "2"]
}

variable "nothing" {
  type    = tuple([])
  default = []
}

variable "deep" {
  type    = tuple([tuple([bool, any]), list(string), object({ a = number })])
  default = [["true", [1, "x"]], [1, 2], { a = "3", b = 4 }]
}

variable "list_of_pairs" {
  type    = list(tuple([string, bool]))
  default = [["a", true], [null, "false"]]
}
