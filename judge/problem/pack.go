package problem

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Pack writes the package as a zip archive that Load and Unpack read: what Load took into account, with links resolved,
// and testlib.h where a program needs it and the package leaves it out. The same package gives the same bytes: names
// are in order, times fixed, and of modes only the executable bit is kept.
func (p *Problem) Pack(w io.Writer) error {
	archive := zip.NewWriter(w)
	if err := errors.Join(p.packAll(archive), archive.Close()); err != nil {
		return fmt.Errorf("pack problem %s: %w", p.Name, err)
	}
	return nil
}

// packAll writes what is at the top of the package, with a header of the host among it.
func (p *Problem) packAll(archive *zip.Writer) error {
	header := p.outsideHeader()
	for _, e := range p.tree.list(".") {
		if header != "" && e.path > testlibHeader {
			if err := packHeader(archive, header); err != nil {
				return err
			}
			header = ""
		}
		if err := p.tree.pack(archive, e.path); err != nil {
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

// pack writes what is at and below name. Directories are entries of their own where nothing else tells of them.
func (t *tree) pack(archive *zip.Writer, name string) error {
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
		if err := t.pack(archive, child); err != nil {
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

// outsideHeader is the testlib.h of the host that a program of the package was given; "" where none needs it.
func (p *Problem) outsideHeader() string {
	inside := p.tree.dir + string(filepath.Separator)
	for _, v := range p.programs() {
		for _, f := range v.Files {
			if !strings.HasPrefix(f.Path, inside) {
				return f.Path
			}
		}
	}
	return ""
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

// Unpack writes an archive that Pack made into dir, an empty directory, to be given to Load. The error is an
// *InvalidError when the archive is at fault, else that of the file system.
func Unpack(archive, dir string) error {
	issues := new(findings)
	if err := unpack(archive, dir, false, issues); err != nil {
		return fmt.Errorf("unpack problem package: %w", err)
	}
	return issues.err(archive)
}
