# variable "not_me" {}
// variable "nor_me" { default = 1 }
/* variable "nor_me_either" {
  default = 1
} */ variable /* here */ "first" /* and here */ { # behind the brace
  # default = 1
  type = /* between */ list( # in brackets
    // a line of its own
    string /* before the end */
  ) // after
  default = [    # a list
    "a", # one }
    // "b",
    /* "c" */ "d # no comment", "e // nor this", "/* nor */ this"
    # the last
  ] /* and
  on two lines */
  /* before */ description /* name */ = /* value */ "text" # "not this"
}
variable "second" {
  #
  default = { # the brace
    # first
    a = 1 # one
    /* second */ b = 2, # with a comma
    # c = 3
  }
  validation /**/ {
    condition     = /* why */ var.second.a == 1 /* because */
    error_message = "A # is no comment here."
  }
} # behind it
/**//***//* * / */
# at the end
