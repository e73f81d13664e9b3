// Command generators writes the tests of about 5 MB of "The Lighthouse" into the directory that is its only
// argument. The same files come out of every run.
package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

const (
	slips = 640_000
	year  = 10_000_000 // seconds
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generators DIRECTORY")
		os.Exit(2)
	}
	if err := writeAll(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate lighthouse:", err)
		os.Exit(1)
	}
}

func writeAll(dir string) error {
	random := rand.New(rand.NewPCG(4, 5))
	if err := writeTest(dir, "10-random", anywhere(random)); err != nil {
		return err
	}
	return writeTest(dir, "11-descending", descending(random))
}

// anywhere scatters the ships over the year, but for one quiet stretch in its second half.
func anywhere(random *rand.Rand) []int {
	const quiet = 12_345
	seconds := make([]int, slips)
	for i := range seconds {
		seconds[i] = 1_000_000 + random.IntN(year-1_000_000-quiet+1)
		if seconds[i] > 7_500_000 {
			seconds[i] += quiet
		}
	}
	return seconds
}

// descending has every ship before the one on the slip above it.
func descending(random *rand.Rand) []int {
	seconds := make([]int, slips)
	next := year
	for i := range seconds {
		seconds[i] = next
		next -= random.IntN(15)
	}
	return seconds
}

func writeTest(dir, name string, seconds []int) error {
	input := strconv.AppendInt(nil, int64(len(seconds)), 10)
	input = append(input, '\n')
	for _, second := range seconds {
		input = strconv.AppendInt(input, int64(second), 10)
		input = append(input, '\n')
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".ans", fmt.Appendln(nil, longestGap(seconds)), 0o644); err != nil {
		return err
	}
	return os.WriteFile(path+".in", input, 0o644)
}

func longestGap(seconds []int) int {
	sorted := slices.Sorted(slices.Values(seconds))
	longest := 0
	for i := 1; i < len(sorted); i++ {
		longest = max(longest, sorted[i]-sorted[i-1])
	}
	return longest
}
