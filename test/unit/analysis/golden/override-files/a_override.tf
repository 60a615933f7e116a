variable "last_wins" {
  default = "a"
}
