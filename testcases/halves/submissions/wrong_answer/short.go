//go:build ignore

// Announces the stones and never lists them.
package main

import "fmt"

func main() {
	var n int
	fmt.Scan(&n)
	if n%4 == 1 || n%4 == 2 {
		fmt.Println("no")
		return
	}
	fmt.Println("yes")
	fmt.Println(n / 2)
}
