//go:build ignore

// Infinity is within no tolerance of a finite answer.
package main

import "fmt"

func main() {
	var n int
	fmt.Scan(&n)
	for range n {
		fmt.Println("inf")
	}
}
