//go:build ignore

package main

import "fmt"

func main() {
	var n int
	fmt.Scan(&n)
	entries := make([]int, n)
	fmt.Println(entries[n])
}
