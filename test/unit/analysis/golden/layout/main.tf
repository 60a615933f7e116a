variable "one_line" { default = 1 }
variable "empty" {}
variable "empty_with_lines" {

}
variable one_line_list { default = [
  1,
  2
] }

  variable   "indented"   {
default="no blanks"
      type    =string


  }
variable "spread" {
  default = [
    1
    ,
    2 ,

    3,
  ]
  type = tuple(

    [number,
      number, number
    ]
  )
}
variable "bracketed" {
  default = (
    1 +
    2
    *
    3
  )
}
variable "objects" {
  default = {

    a = 1


    b = [{
      c = 2 }, {
      d = 3
    }], e = {
    }
  }
  type = object({ a = number
    b = any, e = object({
  }) })
}
