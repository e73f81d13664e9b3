package problem

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// pack writes the files of the package as a zip archive, with links resolved: names are in order, times fixed, and of modes
// only the executable bit is kept. header is a testlib.h on disk to be put at the top; "" for none.
func (t *tree) pack(w io.Writer, header string) error {
	archive := zip.NewWriter(w)
	return errors.Join(t.packAll(archive, header), archive.Close())
}

// packAll writes what is at the top of the package, with a header of the host among it.
func (t *tree) packAll(archive *zip.Writer, header string) error {
	for _, e := range t.list(".") {
		if header != "" && e.path > testlibHeader {
			if err := packHeader(archive, header); err != nil {
				return err
			}
			header = ""
		}
		if err := t.packEntry(archive, e.path); err != nil {
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
func (t *tree) packEntry(archive *zip.Writer, name string) error {
	e := t.entries[name]
	if !e.dir {
		f, err := t.open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return packFile(archive, e.path, e.executable, e.size, f)
	}
	if len(e.children) == 0 {
		_, err := archive.CreateHeader(header(e.path+"/", fs.ModeDir|0o755))
		return err
	}
	for _, child := range e.children {
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
	return packFile(archive, testlibHeader, false, info.Size(), f)
}
