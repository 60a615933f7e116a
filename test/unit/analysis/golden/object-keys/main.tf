variable "all_forms" {
  default = {
    bare           = 1
    with-hyphen    = 2
    "quoted"       = 3
    "with a blank" = 4
    colon          : 5
    "both" : 6, comma = 7
    (1 + 1)        = 8
    ("in brackets") = 9
    9              = 10
    1.50           = 11
    true           = 12
    null           = 13
    "a.b"          = 14
    "$${x}"        = 15
    "x${1}"        = 16
    if             = 17
    in             = 18
    __proto__      = 19
    constructor    = 20
    (true)         = 21
  }
}

variable "on_one_line" {
  default = { a = 1, "b" : { c = { d = {} } }, }
}

variable "twice" {
  default = { a = 1, "a" = 2 }
}
