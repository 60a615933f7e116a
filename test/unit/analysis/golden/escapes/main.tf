variable "controls" {
  default = "tab\tquote\"backslash\\newline\nreturn\r"
}

variable "characters" {
  default = "\u00e9 \u20AC \U0001F600 \U0001f680"
}

variable "no_escapes" {
  default = "C:\\new\\table \\u00e9 \\\\"
}

variable "signs" {
  default = "$${a} %%{b} $ % $$ %% $$$ {} ${"$"}{c} 100% $a"
}

variable "many_signs" {
  default = ["$$${a}", "$$$${a}", "%%%{a}", "$${$${", "$%%{"]
}

variable "code" {
  description = "Runs as \"$${code}\" \\ %%{ if }."
  default     = { "key \"\\\t" = "\"" }
}
