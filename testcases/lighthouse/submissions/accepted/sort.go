//go:build ignore

package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	var slips []int
	for in.Scan() {
		slip, err := strconv.Atoi(in.Text())
		if err != nil {
			panic(err)
		}
		slips = append(slips, slip)
	}
	slices.Sort(slips)
	longest := 0
	for i := 1; i < len(slips); i++ {
		longest = max(longest, slips[i]-slips[i-1])
	}
	fmt.Println(longest)
}
