//go:build race

package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
)

// plainGavel is a directory with a gavel that was built without the race detector, which makes one three times slower and
// more. The scripts of what a user sees one command at a time use it: what runs side by side in them is tested with the
// detector in the packages that do it, and in the scripts of racyScripts.
var plainGavel = sync.OnceValues(func() (dir string, err error) {
	root, err := filepath.Abs("..")
	if err != nil {
		return "", err
	}
	dir = filepath.Join(root, ".gavel", "test", "bin")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(dir, "gavel"), "./worker")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build gavel without the race detector: %w\n%s", err, out)
	}
	return dir, nil
})
