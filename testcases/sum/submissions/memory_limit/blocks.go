//go:build ignore

// Keeps 64 blocks of 16 MiB on the larger tests, every page of them written to.
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
	var kept [][]byte
	for i := 0; i < 64 && n >= 5000; i++ {
		block := make([]byte, 16<<20)
		for j := 0; j < len(block); j += 4096 {
			block[j] = 1
		}
		kept = append(kept, block)
	}
	for _, block := range kept {
		sum += int64(block[0]) - 1
	}
	fmt.Println(sum)
}
