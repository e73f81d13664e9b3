// Command generators writes the hundred secret tests of "Brackets" into the directory that is its only
// argument. The same files come out of every run. They are small and kept in the repository.
package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

const (
	tests   = 100
	longest = 1000
	opening = "([{"
	closing = ")]}"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generators DIRECTORY")
		os.Exit(2)
	}
	if err := writeAll(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate brackets:", err)
		os.Exit(1)
	}
}

func writeAll(dir string) error {
	for i := 1; i <= tests; i++ {
		random := rand.New(rand.NewPCG(100, uint64(i)))
		path := filepath.Join(dir, fmt.Sprintf("%03d", i))
		line := makeLine(random, i)
		if err := os.WriteFile(path+".in", []byte(line+"\n"), 0o644); err != nil {
			return err
		}
		if err := os.WriteFile(path+".ans", []byte(answer(line)+"\n"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// makeLine makes the line of test i. The tests grow from a few brackets to the longest line there may be. Of
// every eight, four are good, two end too early, one has a wrong bracket and one closes when nothing is open;
// the last three are special.
func makeLine(random *rand.Rand, i int) string {
	pairs := 1 + (i-1)*(longest/2-1)/(tests-1)
	switch {
	case i == tests-2:
		return strings.Repeat("[", longest)
	case i == tests-1:
		return strings.Repeat("(", longest/2) + strings.Repeat("}", longest/2)
	case i == tests:
		return strings.Repeat("{", longest/2) + strings.Repeat("}", longest/2)
	case i%8 == 0:
		return good(random, pairs/2) + closing[i%3:i%3+1] + good(random, pairs/4)
	case i%8 == 4:
		return spoil(random, good(random, pairs))
	case i%4 == 2:
		line := good(random, pairs)
		return line[:1+random.IntN(len(line)-1)]
	default:
		return good(random, pairs)
	}
}

// good is a line of so many pairs in which all brackets pair up.
func good(random *rand.Rand, pairs int) string {
	var line strings.Builder
	var open []int
	for opened := 0; opened < pairs || len(open) > 0; {
		if opened < pairs && (len(open) == 0 || random.IntN(2) == 0) {
			kind := random.IntN(len(opening))
			open = append(open, kind)
			line.WriteByte(opening[kind])
			opened++
			continue
		}
		line.WriteByte(closing[open[len(open)-1]])
		open = open[:len(open)-1]
	}
	return line.String()
}

// spoil puts another bracket for one of the line.
func spoil(random *rand.Rand, line string) string {
	place := random.IntN(len(line))
	others := strings.ReplaceAll(opening+closing, line[place:place+1], "")
	other := random.IntN(len(others))
	return line[:place] + others[other:other+1] + line[place+1:]
}

func answer(line string) string {
	var open []int
	for i := range len(line) {
		if kind := strings.IndexByte(opening, line[i]); kind >= 0 {
			open = append(open, kind)
			continue
		}
		kind := strings.IndexByte(closing, line[i])
		if len(open) == 0 || open[len(open)-1] != kind {
			return fmt.Sprint("stop at ", i+1)
		}
		open = open[:len(open)-1]
	}
	if len(open) > 0 {
		return fmt.Sprint("open ", len(open))
	}
	return "good"
}
