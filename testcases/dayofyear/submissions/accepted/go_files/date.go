//go:build ignore

package main

import "fmt"

func main() {
	var year, day int
	fmt.Scan(&year, &day)
	month := 1
	for ; day > daysIn(month, year); month++ {
		day -= daysIn(month, year)
	}
	fmt.Printf("%04d-%02d-%02d\n", year, month, day)
}
