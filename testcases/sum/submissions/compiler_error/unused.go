//go:build ignore

package main

func main() {
	sum := 0
}
