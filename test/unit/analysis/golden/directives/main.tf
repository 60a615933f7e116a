variable "inline" {
  default = "%{ if 1 > 2 }yes%{ else }no%{ endif }, %{ for x in [1, 2] }<${x}>%{ endfor }"
}

variable "without_else" {
  default = "[%{ if false }never%{ endif }]"
}

variable "lines" {
  default = <<-EOT
    hosts:
    %{ for i, name in ["a", "b"] ~}
      - ${name}${i}
    %{ endfor ~}
    %{ if true }
    end
    %{ endif }
  EOT
}

variable "trimmed" {
  default = ["a   ${~ 1 ~}   b", "a ${1 ~} b", "a ${~ 1} b", "%{~ if true ~} x %{~ endif ~} y"]
}

variable "trimmed_lines" {
  default = <<EOT
a
  ${~ 1 ~}
  b
EOT
}

variable "at_the_margin" {
  default = <<-EOT
    a
${1}
    b
  EOT
}

variable "nested" {
  default = "%{ for x in [1, 2, 3] }%{ if x != 2 }${x}%{ else }%{ for y in ["p", "q"] }${y}%{ endfor }%{ endif }%{ endfor }"
}
