variable "größe" {
  description = "Größe in 平方メートル 🚀"
  default     = "naïve 値 👩‍👩‍👧 …"
}

variable "名前" {
  default = { 鍵 = "値", "ключ" = "значение", é-1 = 1 }
}

variable "decomposed" {
  default = ["é", "\u0065\u0301", { "ö" = 1 }]
}

variable "right_to_left" {
  default = "שלום ‏!"
}
