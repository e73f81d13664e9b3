//go:build ignore

// Sixty-four bytes for every second of the year.
package main

import (
	"bufio"
	"fmt"
	"os"
)

type second struct {
	ships int64
	notes [7]int64
}

func main() {
	seconds := make([]second, 10_000_001)
	for i := range seconds {
		seconds[i].notes[0] = int64(i)
	}
	in := bufio.NewReader(os.Stdin)
	var n int
	fmt.Fscan(in, &n)
	for range n {
		var slip int
		fmt.Fscan(in, &slip)
		seconds[slip].ships++
	}
	var last, longest int64 = -1, 0
	for _, s := range seconds {
		if s.ships == 0 {
			continue
		}
		if last >= 0 {
			longest = max(longest, s.notes[0]-last)
		}
		last = s.notes[0]
	}
	fmt.Println(longest)
}
