//go:build ignore

// Takes the wrong thing for the divisor.
package main

import "fmt"

func main() {
	var n int
	fmt.Scan(&n)
	for i := range n {
		fmt.Println(n / i)
	}
}
