variable "arithmetic" {
  default = [1 + 2 * 3, (1 + 2) * 3, 7 % 3, -7 % 3, 10 / 4, 2 - 3 - 4, "1" + 2, 0.1 + 0.2, -(-1), 5 - 1e1]
}

variable "logic" {
  default = [1 < 2, 2 <= 1, "3" > 2, 1 == 1.0, "1" == 1, [1] == [1], !true, true && "false", false || true, !false == true]
}

variable "conditions" {
  default = [
    true ? "a" : "b",
    1 > 2 ? "a" : 3 > 2 ? "b" : "c",
    false ? 1 : "one",
    true ? 1 : "one",
    true ? null : 1,
    true ? [1] : ["a", "b"],
  ]
}

variable "texts" {
  default = ["a${1}b", "${"x"}", "${1}", "${[1]}", "a ${true ? "b${2}" : ""} c", "${1.50}${false}"]
}

variable "parts" {
  default = [[1, 2][1], { a = { b = 3 } }.a.b, { "c d" = 4 }["c d"], [[5]].0[0], [{ e = 6 }, { e = 7 }][*].e, [{ f = 8 }].*.f]
}

variable "for" {
  default = {
    list    = [for x in [1, 2, 3] : x * 2 if x != 2]
    indexed = [for i, x in ["a", "b"] : "${i}${x}"]
    object  = { for k, v in { b = 1, a = 2 } : "${k}!" => v }
    grouped = { for x in ["aa", "b", "aa"] : x => 1... }
    ordered = [for k, v in { b = 1, a = 2 } : k]
    nested  = [for x in [[1], [2]] : [for y in x : y + 1]]
  }
}
