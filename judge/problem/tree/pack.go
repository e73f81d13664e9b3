package tree

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// Pack writes the files of the package as a zip archive, with links resolved: names are in order, times fixed, and of modes
// only the executable bit is kept. header is a testlib.h on disk to be put at the top; "" for none.
func (t *Tree) Pack(w io.Writer, header string) error {
	archive := zip.NewWriter(w)
	return errors.Join(t.packAll(archive, header), archive.Close())
}

// packAll writes what is at the top of the package, with a header of the host among it.
func (t *Tree) packAll(archive *zip.Writer, header string) error {
	for _, e := range t.List(".") {
		if header != "" && e.Path > TestlibHeader {
			if err := packHeader(archive, header); err != nil {
				return err
			}
			header = ""
		}
		if err := t.packEntry(archive, e.Path); err != nil {
			return err
		}
	}
	if header != "" {
		return packHeader(archive, header)
	}
	return nil
}

// packed is the time of every entry: the first that a zip archive can tell.
var packed = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// packEntry writes what is at and below name. Directories are entries of their own where nothing else tells of them.
func (t *Tree) packEntry(archive *zip.Writer, name string) error {
	e := t.Entries[name]
	if !e.Dir {
		f, err := t.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return packFile(archive, e.Path, e.Executable, e.Size, f)
	}
	if len(e.Children) == 0 {
		_, err := archive.CreateHeader(header(e.Path+"/", fs.ModeDir|0o755))
		return err
	}
	for _, child := range e.Children {
		if err := t.packEntry(archive, child); err != nil {
			return err
		}
	}
	return nil
}

func header(name string, mode fs.FileMode) *zip.FileHeader {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: packed}
	h.SetMode(mode)
	return h
}

func packFile(archive *zip.Writer, name string, executable bool, size int64, from io.Reader) error {
	mode := fs.FileMode(0o644)
	if executable {
		mode = 0o755
	}
	w, err := archive.CreateHeader(header(name, mode))
	if err != nil {
		return err
	}
	n, err := io.Copy(w, io.LimitReader(from, size))
	if err == nil && n != size {
		err = fmt.Errorf("read %d of %d bytes of %s: the file changed", n, size, name)
	}
	return err
}

// packHeader puts the header at the top of the package, where every program finds it.
func packHeader(archive *zip.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return packFile(archive, TestlibHeader, false, info.Size(), f)
}
