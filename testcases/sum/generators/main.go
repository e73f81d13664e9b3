// Command generators writes the larger tests of "Sum" into the directory that
// is its only argument. The same files come out of every run.
package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

const maxEntry = 1_000_000_000

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generators DIRECTORY")
		os.Exit(2)
	}
	if err := writeAll(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate sum:", err)
		os.Exit(1)
	}
}

func writeAll(dir string) error {
	if err := writeTest(dir, "05-mixed", mixed(5_000)); err != nil {
		return err
	}
	return writeTest(dir, "06-extreme", extreme(100_000))
}

// mixed has entries of both signs over the whole range.
func mixed(n int) []int64 {
	random := rand.New(rand.NewPCG(1, 5))
	entries := make([]int64, n)
	for i := range entries {
		entries[i] = random.Int64N(2*maxEntry+1) - maxEntry
	}
	return entries
}

// extreme has only the largest entry, for the largest sum there is.
func extreme(n int) []int64 {
	entries := make([]int64, n)
	for i := range entries {
		entries[i] = maxEntry
	}
	return entries
}

func writeTest(dir, name string, entries []int64) error {
	var input bytes.Buffer
	var sum int64
	fmt.Fprintln(&input, len(entries))
	for i, entry := range entries {
		if i > 0 {
			input.WriteByte(' ')
		}
		fmt.Fprint(&input, entry)
		sum += entry
	}
	input.WriteByte('\n')
	answer := fmt.Appendln(nil, sum)

	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".ans", answer, 0o644); err != nil {
		return err
	}
	return os.WriteFile(path+".in", input.Bytes(), 0o644)
}
