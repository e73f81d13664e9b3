package main

import _ "embed"

//go:embed @ANSWER@
var s string

func main() { print(s) }
