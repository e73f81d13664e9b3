package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// testID names a test: its package, and its name with those of the tests that it is a part of.
type testID struct{ pkg, name string }

func (id testID) String() string { return id.pkg + " " + id.name }

// stage is what became of the tests of one run.
type stage struct {
	name    string
	actions map[testID]string // pass, fail or skip
}

func (s stage) ran(id testID) bool { return s.actions[id] == "pass" || s.actions[id] == "fail" }

// compareStages prints a table of stages, each an argument NAME=EVENTS, and which tests none of them ran.
func compareStages(w io.Writer, byHand *regexp.Regexp, args []string) error {
	stages := make([]stage, len(args))
	for i, arg := range args {
		name, file, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("%q is not NAME=EVENTS", arg)
		}
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		stages[i], err = readStage(name, f)
		_ = f.Close() // read side, nothing to lose
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
	}
	return reportStages(w, byHand, stages)
}

// readStage reads the events of one stage. The last word on a test counts, as a test may run several times.
func readStage(name string, r io.Reader) (stage, error) {
	s := stage{name: name, actions: map[testID]string{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Test == "" {
			continue // what the build said, or a package
		}
		switch e.Action {
		case "pass", "fail", "skip":
			s.actions[testID{e.Package, e.Test}] = e.Action
		}
	}
	return s, lines.Err()
}

// reportStages counts tests without parts of their own: the others run where one of their parts does.
func reportStages(w io.Writer, byHand *regexp.Regexp, stages []stage) error {
	ids := leaves(stages)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "stage\tpassed\tfailed\tskipped\tonly here")
	for i, s := range stages {
		count := map[string]int{}
		alone := 0
		for _, id := range ids {
			count[s.actions[id]]++
			others := slices.Concat(stages[:i], stages[i+1:])
			if s.ran(id) && !slices.ContainsFunc(others, func(o stage) bool { return o.ran(id) }) {
				alone++
			}
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\n", s.name, count["pass"], count["fail"], count["skip"], alone)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return ranNowhere(w, byHand, ids, stages)
}

// ranNowhere names what no stage ran.
func ranNowhere(w io.Writer, byHand *regexp.Regexp, ids []testID, stages []stage) error {
	hand, missed := 0, 0
	for _, id := range ids {
		switch {
		case slices.ContainsFunc(stages, func(s stage) bool { return s.ran(id) }):
		case byHand.MatchString(id.name):
			hand++
		default:
			missed++
			fmt.Fprintln(w, "ran in no stage:", id)
		}
	}
	fmt.Fprintf(w, "%d tests, %d of them by hand alone\n", len(ids), hand)
	switch {
	case len(ids) == 0:
		return errors.New("there are no tests")
	case missed > 0:
		return fmt.Errorf("%d tests ran in no stage", missed)
	}
	return nil
}

// leaves lists the tests of all stages that have no parts, sorted.
func leaves(stages []stage) []testID {
	all, parents := map[testID]bool{}, map[testID]bool{}
	for _, s := range stages {
		for id := range s.actions {
			all[id] = true
			for i, c := range id.name {
				if c == '/' {
					parents[testID{id.pkg, id.name[:i]}] = true
				}
			}
		}
	}
	maps.DeleteFunc(all, func(id testID, _ bool) bool { return parents[id] })
	return slices.SortedFunc(maps.Keys(all), func(a, b testID) int { return strings.Compare(a.String(), b.String()) })
}
