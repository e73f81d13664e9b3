package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is a line of go test -json (go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string `json:",omitempty"`
	Output  string `json:",omitempty"`
	// ImportPath is set in place of Package in what the build says.
	ImportPath string `json:",omitempty"`
}

// showTo shows the events of r on w, and keeps them in a file.
func showTo(name string, r io.Reader, w io.Writer) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(show(io.TeeReader(r, f), w), f.Close())
}

// show prints what failed, and a line for each package. The error says whether there was something that failed, or
// nothing that passed.
func show(r io.Reader, w io.Writer) error {
	s := shower{w: w, said: map[[2]string][]string{}}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			s.line(line)
		}
		switch {
		case errors.Is(err, io.EOF):
			return s.end()
		case err != nil:
			return fmt.Errorf("read events: %w", err)
		}
	}
}

// shower keeps the output of tests until it is known how they end.
type shower struct {
	w              io.Writer
	said           map[[2]string][]string // by package and test
	passed, failed int                    // packages
}

// line shows one line of input. What is no event, such as a word of go vet, is shown as it is.
func (s *shower) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		fmt.Fprintf(s.w, "%s", line)
		return
	}
	key := [2]string{e.Package, e.Test}
	switch {
	case e.Action == "build-output":
		fmt.Fprint(s.w, e.Output)
	case e.Action == "build-fail":
		s.failed++
	case e.Action == "output":
		s.said[key] = append(s.said[key], e.Output)
	case e.Test == "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip"):
		s.endPackage(e)
	case e.Action == "fail":
		fmt.Fprint(s.w, strings.Join(s.said[key], ""))
		delete(s.said, key)
	case e.Action == "pass" || e.Action == "skip":
		delete(s.said, key)
	}
}

// endPackage shows what the package itself said, and what tests said that never ended, as after a crash.
func (s *shower) endPackage(e event) {
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		for key, lines := range s.said {
			if key[0] == e.Package && key[1] != "" {
				fmt.Fprint(s.w, strings.Join(lines, ""))
				delete(s.said, key)
			}
		}
	}
	key := [2]string{e.Package, ""}
	for _, line := range s.said[key] {
		if line != "PASS\n" && !strings.HasPrefix(line, "-test.shuffle ") || e.Action == "fail" {
			fmt.Fprint(s.w, line)
		}
	}
	delete(s.said, key)
}

func (s *shower) end() error {
	switch {
	case s.failed > 0:
		return fmt.Errorf("%d packages failed", s.failed)
	case s.passed == 0:
		return errors.New("no package passed")
	}
	return nil
}
