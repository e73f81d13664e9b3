//go:build ignore

package main

import (
	"bytes"
	"os"
)

func main() {
	block := bytes.Repeat([]byte("0\n"), 32768)
	for range 1024 {
		os.Stdout.Write(block)
	}
}
