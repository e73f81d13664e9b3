//go:build ignore

// The signs + - - + repeat along the stones from the heaviest down; the plus signs
// go into the first basket.
package main

import "fmt"

func main() {
	var n int
	fmt.Scan(&n)
	if n%4 == 1 || n%4 == 2 {
		fmt.Println("no")
		return
	}
	var basket []int
	for i := range n {
		stone := n - i
		if n%4 == 3 && stone <= 3 {
			if stone == 3 {
				basket = append(basket, stone)
			}
			continue
		}
		if i%4 == 0 || i%4 == 3 {
			basket = append(basket, stone)
		}
	}
	fmt.Println("yes")
	fmt.Println(len(basket))
	for _, stone := range basket {
		fmt.Print(stone, " ")
	}
	fmt.Println()
}
