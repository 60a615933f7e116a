variable "plain" {
  default = <<EOT
first line
  indented "quoted" \n \u00e9 $${a} %%{b} $ %

after an empty line
EOT
}

variable "flush" {
  default = <<-EOT
      four more
    two more

  none
       
  last
  EOT
}

variable "flush_by_tabs" {
  default = <<-END-1
		two tabs
			three
	END-1
}

variable "end_further_left" {
  default = <<-A
    text
A
}

variable "empty" {
  default = <<E
E
}

variable "marker_within" {
  type    = string
  default = <<STOP
STOPPED
 STOP it
x STOP
STOP
}

variable "in_a_list" {
  default = [<<A
a
A
    , <<-B
      b
    B
    , "c"
  ]
}

variable "in_an_object" {
  default = {
    script = <<-SH
      #!/bin/sh
      echo "$${HOME}" // no comment
    SH
    next   = 1
  }
  description = <<-EOT
    Of several
      lines.
  EOT
}
