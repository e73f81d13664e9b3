//go:build ignore

// Leaves with the number that means "accepted" when it is a validator that says it.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("no")
	os.Exit(42)
}
