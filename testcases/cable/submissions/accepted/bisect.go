//go:build ignore

package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
)

func sag(d, length float64) float64 {
	low, high := 1e-3, 6.0
	for range 80 {
		u := (low + high) / 2
		if math.Sinh(u)/u < length/d {
			low = u
		} else {
			high = u
		}
	}
	return d / 1000 * (math.Cosh(low) - 1) / (2 * low)
}

func main() {
	in := bufio.NewReader(os.Stdin)
	var n int
	fmt.Fscan(in, &n)
	for range n {
		var d, length float64
		fmt.Fscan(in, &d, &length)
		fmt.Println(sag(d, length))
	}
}
