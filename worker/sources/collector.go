package sources

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/sandbox"
)

// Bounds on what is read of one submission. What it may hold is for the judge to say; these keep a wrong path or a hostile
// archive from filling the memory.
const (
	maxFiles   = 1000              // files of a submission
	maxFile    = 32 * sandbox.MiB  // of one file
	maxAll     = 64 * sandbox.MiB  // of all files that are unpacked or read together
	maxStream  = 512 * sandbox.MiB // of a compressed tar, with what is skipped
	maxEntries = 100_000           // looked at in one directory tree or archive
	maxNesting = 3                 // archives in archives
)

func mebibytes(bytes int64) string {
	return fmt.Sprintf("%.1f MiB", float64(bytes)/float64(sandbox.MiB))
}

// Collector gathers the files of one submission.
type Collector struct {
	// Table says which files are sources. Required.
	Table *language.Table
	// Links says to follow symbolic links to files below a directory. Else they are refused.
	Links bool

	files []api.SourceFile
	read  int64 // bytes that were read so far
}

// Files are what was gathered, in the order in which it was added.
func (c *Collector) Files() []api.SourceFile { return c.files }

// File adds the file or archive at a path of fsys, called name in the submission. What stands behind the path must be a
// regular file; it is not opened otherwise, so that a FIFO cannot hold it up.
func (c *Collector) File(fsys fs.FS, at, name string) error {
	info, err := fs.Stat(fsys, at)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fail(Refused, "%s is not a regular file", name)
	}
	if header, ok := info.Sys().(*zip.FileHeader); ok && header.Flags&1 != 0 {
		return fail(Broken, "%s is encrypted; pack it without a password", name)
	}
	f, err := fsys.Open(at)
	if err != nil {
		return err
	}
	defer f.Close()
	if r, ok := f.(reader); ok && IsArchive(name) {
		return c.archive(name, r, info.Size(), 0)
	}
	return c.add(name, f, 0)
}

// Tree adds the files below a directory of fsys, by their paths from there.
func (c *Collector) Tree(fsys fs.FS, root string) error {
	seen := 0
	return fs.WalkDir(fsys, root, func(at string, e fs.DirEntry, err error) error {
		seen++
		name := strings.TrimPrefix(strings.TrimPrefix(at, root), "/")
		switch {
		case err != nil:
			return err
		case seen > maxEntries:
			return fail(TooLarge, "it holds more than %d files and directories; name those that are meant", maxEntries)
		case at == root:
			return nil
		case Junk(e.Name()):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		case e.Type()&fs.ModeSymlink != 0 && !c.Links:
			return fail(Refused, "%s is a symbolic link, which is not followed; put the file itself there", name)
		}
		return c.File(fsys, at, name)
	})
}

// archive unpacks an archive in place.
func (c *Collector) archive(name string, r reader, size int64, depth int) error {
	inner := &Collector{Table: c.Table, files: slices.Clone(c.files), read: c.read}
	err := unpack(name, r, size, func(name string, content io.Reader) error { return inner.unpacked(name, content, depth) })
	if err != nil {
		return wrap(name, err)
	}
	own := inner.files[len(c.files):]
	switch {
	case len(own) == 0:
		return fail(Empty, "%s is an archive without files", name)
	case c.answers(own):
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return c.plain(name, r)
	}
	own = withoutCommonDirectory(own)
	for i := range own {
		own[i].Name = path.Join(path.Dir(name), own[i].Name)
	}
	c.files, c.read = append(c.files, own...), inner.read
	return nil
}

// wrap names the archive in front of what is wrong with it.
func wrap(name string, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return &Error{known.Kind, fmt.Errorf("unpack %s: %w", name, err)}
	}
	return fmt.Errorf("unpack %s: %w", name, err)
}

// unpacked takes one file of an archive.
func (c *Collector) unpacked(name string, content io.Reader, depth int) error {
	name = strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "./") // some programs on Windows write backslashes
	switch {
	case path.IsAbs(name) || slices.Contains(strings.Split(name, "/"), ".."):
		return fail(Refused, "%q leads out of the archive", name)
	case junkPath(name):
		return nil
	}
	return c.add(path.Clean(name), content, depth+1)
}

// add takes one file. depth is how many archives it lies in.
func (c *Collector) add(name string, content io.Reader, depth int) error {
	if !IsArchive(name) {
		return c.plain(name, content)
	}
	if depth > maxNesting {
		return fail(Broken, "%s lies in %d archives around each other; unpack them by hand", name, depth)
	}
	data, err := c.content(name, content)
	if err != nil {
		return err
	}
	return c.archive(name, bytes.NewReader(data), int64(len(data)), depth)
}

// plain takes one file as it is.
func (c *Collector) plain(name string, content io.Reader) error {
	if len(c.files) == maxFiles {
		return fail(TooLarge, "it holds more than %d files", maxFiles)
	}
	data, err := c.content(name, content)
	if err != nil {
		return err
	}
	if c.isSource(name) {
		data = withoutMark(data)
	}
	c.files = append(c.files, api.SourceFile{Name: name, Content: data})
	return nil
}

// content reads one file within the bounds.
func (c *Collector) content(name string, content io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(content, min(int64(maxAll)-c.read, int64(maxFile))+1))
	if err != nil {
		return nil, archiveError(fmt.Errorf("%s: %w", name, err))
	}
	if c.read += int64(len(data)); c.read > int64(maxAll) || len(data) > int(maxFile) {
		return nil, fail(TooLarge, "%s: more than %s in one file, or %s in all", name, mebibytes(int64(maxFile)), mebibytes(int64(maxAll)))
	}
	return data, nil
}

// isSource reports whether some language compiles or starts files of this name.
func (c *Collector) isSource(name string) bool { return IsSource(c.Table, name) }

// IsSource reports whether some language of the table compiles or starts files of this name.
func IsSource(table *language.Table, name string) bool {
	return slices.ContainsFunc(table.Languages, func(l *language.Language) bool { return hasSource(l, name) })
}

// hasSource reports whether a language compiles or starts files of this name. Letters of either case are alike.
func hasSource(l *language.Language, name string) bool {
	ext := path.Ext(name)
	return slices.ContainsFunc(l.Sources, func(s string) bool { return strings.EqualFold(s, ext) })
}

// answers reports whether files are the answers to a submit-answer problem: outputs, and no source.
func (c *Collector) answers(files []api.SourceFile) bool {
	isAnswer := func(f api.SourceFile) bool { return slices.Contains([]string{".out", ".ans"}, path.Ext(f.Name)) }
	return slices.ContainsFunc(files, isAnswer) &&
		!slices.ContainsFunc(files, func(f api.SourceFile) bool { return c.isSource(f.Name) })
}

// WithoutCommonDirectory takes the directory off in which all files are.
func WithoutCommonDirectory(files []api.SourceFile) []api.SourceFile {
	return withoutCommonDirectory(slices.Clone(files))
}

func withoutCommonDirectory(files []api.SourceFile) []api.SourceFile {
	top, _, _ := strings.Cut(files[0].Name, "/")
	for _, f := range files {
		if !strings.HasPrefix(f.Name, top+"/") {
			return files
		}
	}
	for i := range files {
		files[i].Name = strings.TrimPrefix(files[i].Name, top+"/")
	}
	return files
}
