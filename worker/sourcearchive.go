package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/sandbox"
)

// maxUnpacked bounds what is unpacked of one archive, beside maxSources and maxSource.
const maxUnpacked = 64 * sandbox.MiB

// isSourceArchive reports whether a file is an archive by its name: a .zip, .tar.gz or .tgz.
func isSourceArchive(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".zip") || strings.HasSuffix(name, ".tar.gz") || strings.HasSuffix(name, ".tgz")
}

// unpackSources reads the files of an archive: those that are hidden, or that macOS adds, are left out, and one directory
// around all others is taken off. An archive of answers, which submit-answer problems take as it is, stays one file.
func unpackSources(name string) ([]api.SourceFile, error) {
	read := readTar
	if strings.HasSuffix(strings.ToLower(name), ".zip") {
		read = readZip
	}
	u := unpacker{left: int64(maxUnpacked)}
	if err := read(name, u.add); err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	switch {
	case len(u.files) == 0:
		return nil, fmt.Errorf("%s is an archive without files", name)
	case slices.ContainsFunc(u.files, isAnswer):
		data, err := readSource(name)
		return []api.SourceFile{{Name: path.Base(name), Content: data}}, err
	}
	return withoutCommonDirectory(u.files), nil
}

func isAnswer(f api.SourceFile) bool {
	return slices.Contains([]string{".out", ".ans"}, path.Ext(f.Name))
}

// unpacker collects the files of an archive within bounds.
type unpacker struct {
	files []api.SourceFile
	left  int64 // bytes that may still be unpacked
}

func (u *unpacker) add(name string, content io.Reader) error {
	name = strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "./") // some programs on Windows write backslashes
	elements := strings.Split(name, "/")
	switch {
	case path.IsAbs(name) || slices.Contains(elements, ".."):
		return fmt.Errorf("%q leads out of the archive", name)
	case slices.ContainsFunc(elements, func(e string) bool { return strings.HasPrefix(e, ".") || e == "__MACOSX" }):
		return nil
	case len(u.files) == maxSources:
		return fmt.Errorf("it holds more than %d files", maxSources)
	}
	data, err := io.ReadAll(io.LimitReader(content, min(u.left, int64(maxSource))+1))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if u.left -= int64(len(data)); u.left < 0 || len(data) > int(maxSource) {
		return fmt.Errorf("%s: more than %s in one file, or %s in all", name, mebibytes(int64(maxSource)), mebibytes(int64(maxUnpacked)))
	}
	u.files = append(u.files, api.SourceFile{Name: name, Content: data})
	return nil
}

func readZip(name string, add func(string, io.Reader) error) (err error) {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, f := range archive.File {
		switch {
		case f.FileInfo().IsDir():
			continue
		case !f.Mode().IsRegular():
			return fmt.Errorf("%q is not a regular file", f.Name)
		}
		content, err := f.Open()
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		if err := errors.Join(add(f.Name, content), content.Close()); err != nil {
			return err
		}
	}
	return nil
}

func readTar(name string, add func(string, io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch header.Typeflag {
		case tar.TypeDir, tar.TypeXGlobalHeader:
			continue
		case tar.TypeReg:
		default:
			return fmt.Errorf("%q is not a regular file", header.Name)
		}
		if err := add(header.Name, archive); err != nil {
			return err
		}
	}
}

// withoutCommonDirectory takes the directory off in which all files are.
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
