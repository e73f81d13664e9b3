// Command testreport reads what go test -json writes.
//
//	go test -json ./... | testreport show EVENTS
//
// prints what go test prints without -json, which is the output of what failed and a line for each package, and writes
// the events to a file.
//
//	testreport stages NAME=EVENTS...
//
// counts the tests of several such files, one for each stage of a test, and fails when there is a test that no stage
// ran. Tests that are run by hand alone, as they say themselves, are named on the command line: -by-hand REGEXP.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("testreport", flag.ContinueOnError)
	byHand := flags.String("by-hand", "^$", "`REGEXP` of tests that no stage has to run")
	if len(args) == 0 {
		return errors.New("usage: testreport show EVENTS | testreport stages [-by-hand REGEXP] NAME=EVENTS")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch {
	case args[0] == "show" && flags.NArg() == 1:
		return showTo(flags.Arg(0), os.Stdin, os.Stdout)
	case args[0] == "stages" && flags.NArg() > 0:
		pattern, err := regexp.Compile(*byHand)
		if err != nil {
			return fmt.Errorf("read -by-hand: %w", err)
		}
		return compareStages(os.Stdout, pattern, flags.Args())
	}
	return fmt.Errorf("unknown words %q", args)
}
