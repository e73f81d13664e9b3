// Command generate writes the test data of the sample packages that is too large to be kept in the
// repository. It does nothing for a package whose data is there already.
//
//	go run ./testcases/generate [DIRECTORY]    (default: testcases)
//
// A package that has generators/main.go gets what that program writes:
//
//	generators/main.go --> a temporary directory --> data/secret
//	                                             \-> generators/.written: what was written, from which source
//
// The record decides whether there is something to do: data is written again when a file is missing or has
// another size, or when the generator itself changed. Files move into place one by one and whole, and the
// record comes last, so that an interrupted run is made good by the next one.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

func main() {
	root := "testcases"
	if len(os.Args) > 2 {
		fmt.Fprintln(os.Stderr, "usage: generate [DIRECTORY]")
		os.Exit(2)
	}
	if len(os.Args) == 2 {
		root = os.Args[1]
	}
	if err := generate(root, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate brings the data of every package below root up to date and names on progress each package that it
// wrote to.
func generate(root string, progress io.Writer) error {
	packages, err := find(root)
	if err != nil {
		return err
	}
	var (
		group  sync.WaitGroup
		faults = make([]error, len(packages))
	)
	for i, p := range packages {
		if p.current() {
			continue
		}
		fmt.Fprintln(progress, "generating the test data of", p.dir)
		group.Go(func() { faults[i] = p.write() })
	}
	group.Wait()
	return errors.Join(faults...)
}

// find lists the packages below root that have a generator. None at all is an error: then root is not the
// directory that was meant.
func find(root string) ([]pkg, error) {
	sources, err := filepath.Glob(filepath.Join(root, "*", "generators", "main.go"))
	if err != nil {
		return nil, fmt.Errorf("look for packages in %s: %w", root, err)
	}
	if len(sources) == 0 {
		return nil, fmt.Errorf("no */generators/main.go in %s: run this from the root of the repository, "+
			"or name the directory that holds the packages", root)
	}
	packages := make([]pkg, len(sources))
	for i, source := range sources {
		packages[i] = pkg{dir: filepath.Dir(filepath.Dir(source))}
	}
	return packages, nil
}
