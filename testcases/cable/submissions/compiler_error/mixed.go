//go:build ignore

package main

import (
	"fmt"
	"math"
)

func main() {
	var d int
	fmt.Scan(&d)
	fmt.Println(math.Sinh(d))
}
