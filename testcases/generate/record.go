package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// record says what a generator wrote. On disk: the digest on the first line, then "size name" for each file.
type record struct {
	source string // digest of the generator
	files  []file
}

type file struct {
	name string
	size int64 // bytes
}

// present reports whether every file of r is in dir with the size it had.
func (r record) present(dir string) bool {
	for _, f := range r.files {
		info, err := os.Stat(filepath.Join(dir, f.name))
		if err != nil || info.Size() != f.size {
			return false
		}
	}
	return len(r.files) > 0
}

func (r record) save(path string) error {
	var text bytes.Buffer
	fmt.Fprintln(&text, r.source)
	for _, f := range r.files {
		fmt.Fprintln(&text, f.size, f.name)
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}

func readRecord(path string) (record, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return record{}, err
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	r := record{source: lines[0]}
	for _, line := range lines[1:] {
		var f file
		if _, err := fmt.Sscan(line, &f.size, &f.name); err != nil {
			return record{}, fmt.Errorf("read line %q of %s: %w", line, path, err)
		}
		r.files = append(r.files, f)
	}
	return r, nil
}
