package problem

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// maxTextFile bounds a file that is parsed, such as problem.yaml, in bytes.
const maxTextFile = 1 << 20

// tree is what a package holds, read once: files and directories, with links resolved. Names that the formats treat
// as removed are not in it.
type tree struct {
	dir     string            // on disk, absolute
	entries map[string]*entry // by slash-separated path; the root is "."
	// constants are known once problem.yaml was read.
	constants *Constants
}

// entry is a regular file or a directory.
type entry struct {
	path       string // slash-separated
	dir        bool
	size       int64
	executable bool
	children   []string // paths, in byte order; of a directory
}

// base is the last element of the path.
func (e *entry) base() string { return path.Base(e.path) }

// stem is the base name without its last extension.
func (e *entry) stem() string { return strings.TrimSuffix(e.base(), path.Ext(e.path)) }

// file returns the regular file at name, nil when there is none.
func (t *tree) file(name string) *entry {
	if e := t.entries[name]; e != nil && !e.dir {
		return e
	}
	return nil
}

// directory returns the directory at name, nil when there is none.
func (t *tree) directory(name string) *entry {
	if e := t.entries[name]; e != nil && e.dir {
		return e
	}
	return nil
}

// list returns what the directory at name holds, in byte order; nothing when there is no such directory.
func (t *tree) list(name string) []*entry {
	d := t.directory(name)
	if d == nil {
		return nil
	}
	all := make([]*entry, 0, len(d.children))
	for _, child := range d.children {
		all = append(all, t.entries[child])
	}
	return all
}

// onDisk is the path of an entry in the file system.
func (t *tree) onDisk(name string) string { return filepath.Join(t.dir, filepath.FromSlash(name)) }

// files returns every regular file at or below name, in byte order of their paths.
func (t *tree) files(name string) []*entry {
	e := t.entries[name]
	if e == nil {
		return nil
	}
	if !e.dir {
		return []*entry{e}
	}
	var all []*entry
	for _, child := range e.children {
		all = append(all, t.files(child)...)
	}
	return all
}

// File is a file of the package.
type File struct {
	Name       string // slash-separated path, relative to the program that it belongs to
	Path       string // on disk, a regular file; Read it, since that is not always all
	Size       int64
	Executable bool
	// Constants are what Read fills in; nil for most files.
	Constants *Constants
}

// programFiles returns the files below the directory dir with names relative to it.
func (t *tree) programFiles(dir string) []File {
	var all []File
	for _, e := range t.files(dir) {
		all = append(all, t.asFile(e, strings.TrimPrefix(e.path, dir+"/")))
	}
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func (t *tree) asFile(e *entry, name string) File {
	return File{
		Name: name, Path: t.onDisk(e.path), Size: e.size, Executable: e.executable,
		Constants: t.constantsFor(e.path),
	}
}

// readText reads a small file whole. It never blocks, and never leaves the package.
func (t *tree) readText(name string) ([]byte, error) {
	f, err := t.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTextFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxTextFile {
		return nil, fmt.Errorf("larger than %d bytes", maxTextFile)
	}
	return text, nil
}

// readYAML parses a file whose top level is a map. It returns an empty mapping for an empty file, and nil when the
// file is broken, which it notes.
func (t *tree) readYAML(name string, issues *findings) *mapping {
	text, err := t.readText(name)
	if err != nil {
		issues.reject(name, 0, "cannot be read: "+cause(err), "")
		return nil
	}
	text, err = t.constantsFor(name).fill(text, maxTextFile)
	if err != nil {
		issues.reject(name, 0, err.Error(), "write shorter values in "+metadataFile)
		return nil
	}
	return parseYAML(name, text, issues)
}

// open opens a regular file of the package for reading.
func (t *tree) open(name string) (*os.File, error) {
	root, err := os.OpenRoot(t.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	// A FIFO that took the file's place since the scan would block without O_NONBLOCK.
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// onDiskToo says whether there is a file of this name, be its name allowed or not.
func (t *tree) onDiskToo(name string) bool {
	root, err := os.OpenRoot(t.dir)
	if err != nil {
		return false
	}
	defer root.Close()
	_, err = root.Lstat(filepath.FromSlash(name))
	return err == nil
}

// firstLine returns the beginning of a file up to the end of its first line, at most 256 bytes.
func (t *tree) firstLine(name string) []byte {
	f, err := t.open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := io.ReadFull(f, head) // a short file is no error
	line, _, _ := bytes.Cut(head[:n], []byte{'\n'})
	return line
}
