//go:build ignore

// Prints the right sum, and then once more.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	var n int
	var sum int64
	fmt.Fscan(in, &n)
	for range n {
		var entry int64
		fmt.Fscan(in, &entry)
		sum += entry
	}
	fmt.Println(sum)
	fmt.Println(sum)
}
