package tree

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

	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// MaxTextFile bounds a file that is parsed, such as problem.yaml, in bytes.
const MaxTextFile = 1 << 20

// Tree is what a package holds, read once: files and directories, with links resolved. Names that the formats treat
// as removed are not in it.
type Tree struct {
	Dir     string            // on disk, absolute
	Entries map[string]*Entry // by slash-separated path; the root is "."
	// Constants are known once problem.yaml was read.
	Constants *Constants
}

// Entry is a regular file or a directory.
type Entry struct {
	Path       string // slash-separated
	Dir        bool
	Size       int64 // in bytes, of a file
	Executable bool
	Children   []string // paths, in byte order; of a directory
}

// Base is the last element of the path.
func (e *Entry) Base() string { return path.Base(e.Path) }

// Stem is the base name without its last extension.
func (e *Entry) Stem() string { return strings.TrimSuffix(e.Base(), path.Ext(e.Path)) }

// File returns the regular file at name, nil when there is none.
func (t *Tree) File(name string) *Entry {
	if e := t.Entries[name]; e != nil && !e.Dir {
		return e
	}
	return nil
}

// Directory returns the directory at name, nil when there is none.
func (t *Tree) Directory(name string) *Entry {
	if e := t.Entries[name]; e != nil && e.Dir {
		return e
	}
	return nil
}

// List returns what the directory at name holds, in byte order; nothing when there is no such directory.
func (t *Tree) List(name string) []*Entry {
	d := t.Directory(name)
	if d == nil {
		return nil
	}
	all := make([]*Entry, 0, len(d.Children))
	for _, child := range d.Children {
		all = append(all, t.Entries[child])
	}
	return all
}

// OnDisk is the path of an entry in the file system.
func (t *Tree) OnDisk(name string) string { return filepath.Join(t.Dir, filepath.FromSlash(name)) }

// Files returns every regular file at or below name, in byte order of their paths.
func (t *Tree) Files(name string) []*Entry {
	e := t.Entries[name]
	if e == nil {
		return nil
	}
	if !e.Dir {
		return []*Entry{e}
	}
	var all []*Entry
	for _, child := range e.Children {
		all = append(all, t.Files(child)...)
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

// ProgramFiles returns the files below the directory dir with names relative to it.
func (t *Tree) ProgramFiles(dir string) []File {
	var all []File
	for _, e := range t.Files(dir) {
		all = append(all, t.AsFile(e, strings.TrimPrefix(e.Path, dir+"/")))
	}
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// AsFile is the file of an entry, by the name that it has in a program.
func (t *Tree) AsFile(e *Entry, name string) File {
	return File{
		Name: name, Path: t.OnDisk(e.Path), Size: e.Size, Executable: e.Executable,
		Constants: t.constantsFor(e.Path),
	}
}

// ReadText reads a small file whole. It never blocks, and never leaves the package.
func (t *Tree) ReadText(name string) ([]byte, error) {
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxTextFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxTextFile {
		return nil, fmt.Errorf("larger than %d bytes", MaxTextFile)
	}
	return text, nil
}

// ReadYAML parses a file whose top level is a map. It returns an empty Map for an empty file, and nil when the
// file is broken, which it notes.
func (t *Tree) ReadYAML(name string, issues *issue.Findings) *yamlmap.Map {
	text, err := t.ReadText(name)
	if err != nil {
		issues.Reject(name, 0, "cannot be read: "+Cause(err), "")
		return nil
	}
	text, err = t.constantsFor(name).fill(text, MaxTextFile)
	if err != nil {
		issues.Reject(name, 0, err.Error(), "write shorter values in "+MetadataFile)
		return nil
	}
	return yamlmap.Parse(name, text, issues)
}

// Open opens a regular file of the package for reading.
func (t *Tree) Open(name string) (*os.File, error) {
	root, err := os.OpenRoot(t.Dir)
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

// OnDiskToo says whether there is a file of this name, be its name allowed or not.
func (t *Tree) OnDiskToo(name string) bool {
	root, err := os.OpenRoot(t.Dir)
	if err != nil {
		return false
	}
	defer root.Close()
	_, err = root.Lstat(filepath.FromSlash(name))
	return err == nil
}

// FirstLine returns the beginning of a file up to the end of its first line, at most 256 bytes.
func (t *Tree) FirstLine(name string) []byte {
	f, err := t.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := io.ReadFull(f, head) // a short file is no error
	line, _, _ := bytes.Cut(head[:n], []byte{'\n'})
	return line
}
