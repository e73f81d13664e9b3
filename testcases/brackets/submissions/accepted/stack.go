//go:build ignore

package main

import (
	"fmt"
	"strings"
)

func judge(line string) string {
	var stack []rune
	for i, bracket := range line {
		if kind := strings.IndexRune("([{", bracket); kind >= 0 {
			stack = append(stack, rune(")]}"[kind]))
			continue
		}
		if len(stack) == 0 || stack[len(stack)-1] != bracket {
			return fmt.Sprint("stop at ", i+1)
		}
		stack = stack[:len(stack)-1]
	}
	if len(stack) > 0 {
		return fmt.Sprint("open ", len(stack))
	}
	return "good"
}

func main() {
	var line string
	fmt.Scan(&line)
	fmt.Println(judge(line))
}
