//go:build ignore

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("no")
}
