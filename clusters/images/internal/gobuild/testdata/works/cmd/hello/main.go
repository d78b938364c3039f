// Hello prints what the linker stamped into it.
package main

import (
	_ "embed"
	"fmt"
)

//go:embed greeting.txt
var greeting string

var version = "none"

func main() { fmt.Print(greeting, version) }
