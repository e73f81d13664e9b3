package sources

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// IsArchive reports whether a file is by its name an archive that is unpacked.
func IsArchive(name string) bool { return archiveEnding(name) != "" }

// archiveEnding is the ending of the name of an archive, as it is written there; "" for other files.
func archiveEnding(name string) string {
	for _, ending := range []string{".tar.gz", ".tgz", ".tar", ".zip"} {
		if at := len(name) - len(ending); at >= 0 && strings.EqualFold(name[at:], ending) {
			return name[at:]
		}
	}
	return ""
}

// otherArchives are the endings of archives that are not unpacked.
var otherArchives = []string{".7z", ".rar", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst", ".xz", ".bz2", ".gz", ".zst"}

// otherArchive is the ending of an archive that is not unpacked; "" for other files.
func otherArchive(name string) string {
	if IsArchive(name) {
		return ""
	}
	for _, ending := range otherArchives {
		if strings.HasSuffix(strings.ToLower(name), ending) {
			return ending
		}
	}
	return ""
}

// RefuseOtherArchive refuses a file that is by its name an archive of a kind that is not unpacked.
func RefuseOtherArchive(name string) error {
	if ending := otherArchive(name); ending != "" {
		return fail(Refused, "%s is an archive of a kind that is not unpacked (%s); unpack it by hand", name, strings.TrimPrefix(ending, "."))
	}
	return nil
}

// StudentName is the name of a file or archive without what says its kind: "ada.tar.gz" is ada, and so is "ada.py".
func StudentName(name string) string {
	ending := archiveEnding(name)
	if ending == "" {
		ending = otherArchive(name)
	}
	if i := strings.LastIndexByte(name, '.'); ending == "" && i > 0 {
		ending = name[i:]
	}
	if ending == name {
		return name
	}
	return name[:len(name)-len(ending)]
}

// reader is what archives are read from.
type reader interface {
	io.ReaderAt
	io.ReadSeeker
}

// kindOf tells an archive by how it begins; "" where that says nothing.
func kindOf(r io.ReaderAt) string {
	var head [8]byte
	n, _ := r.ReadAt(head[:], 0) // what cannot be read is found out when it is unpacked
	for magic, kind := range map[string]string{
		"PK\x03\x04": "zip", "PK\x05\x06": "zip", "\x1f\x8b": "gzip", "Rar!": "RAR", "7z\xbc\xaf\x27\x1c": "7z",
		"\xfd7zXZ": "xz", "BZh": "bzip2",
	} {
		if bytes.HasPrefix(head[:n], []byte(magic)) {
			return kind
		}
	}
	return ""
}

// addFunc takes one file of an archive.
type addFunc func(name string, content io.Reader) error

// unpack calls add for each file of the archive called name. What it says of itself is believed before its name is.
func unpack(name string, r reader, size int64, add addFunc) error {
	switch kind := kindOf(r); {
	case kind == "RAR" || kind == "7z" || kind == "xz" || kind == "bzip2":
		return fail(Broken, "it is called %s and holds %s, which is not unpacked; unpack it by hand", archiveEnding(name), kind)
	case kind == "gzip":
		return unpackGzip(r, add)
	case kind == "zip" || strings.EqualFold(archiveEnding(name), ".zip"):
		return unpackZip(r, size, add)
	case strings.EqualFold(archiveEnding(name), ".tar"):
		return unpackTar(r, add)
	}
	return fail(Broken, "it is called %s and holds something else; pack it again", archiveEnding(name))
}

func unpackZip(r io.ReaderAt, size int64, add addFunc) error {
	archive, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return archiveError(err)
	}
	for i, f := range archive.File {
		name := zipName(f)
		switch {
		case i == maxEntries:
			return fail(TooLarge, "it has more than %d entries", maxEntries)
		case f.FileInfo().IsDir(), junkPath(name):
			continue
		case !f.Mode().IsRegular():
			return fail(Refused, "%q is not a regular file", name)
		case f.Flags&1 != 0:
			return fail(Broken, "%q is encrypted; pack it without a password", name)
		}
		content, err := f.Open()
		if err != nil {
			return fail(Broken, "%s: %w", name, err)
		}
		if err := errors.Join(add(name, content), content.Close()); err != nil {
			return err
		}
	}
	return nil
}

// zipName is the name of an entry. Windows writes names in the code page of its console, of which IBM's 437 is what the format
// says (APPNOTE.TXT, appendix D).
func zipName(f *zip.File) string {
	if utf8.ValidString(f.Name) {
		return f.Name
	}
	name, err := charmap.CodePage437.NewDecoder().String(f.Name)
	if err != nil {
		return strings.ToValidUTF8(f.Name, "\ufffd")
	}
	return name
}

// unpackGzip unpacks a compressed tar. What it skips counts too: to read on costs as much.
func unpackGzip(r io.Reader, add addFunc) error {
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return archiveError(err)
	}
	return unpackTar(&bounded{r: unzipped, left: int64(maxStream)}, add)
}

func unpackTar(r io.Reader, add addFunc) error {
	archive := tar.NewReader(r)
	for range maxEntries {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			return archiveError(err)
		}
		switch header.Typeflag {
		case tar.TypeDir, tar.TypeXGlobalHeader:
			continue
		case tar.TypeReg:
		default:
			if !junkPath(header.Name) {
				return fail(Refused, "%q is not a regular file", header.Name)
			}
			continue
		}
		if err := add(header.Name, archive); err != nil {
			return err
		}
	}
	return fail(TooLarge, "it has more than %d entries", maxEntries)
}

// archiveError is what is wrong with an archive, where the disk is not at fault.
func archiveError(err error) error {
	var known *Error
	var disk *fs.PathError
	if errors.As(err, &known) || errors.As(err, &disk) {
		return err
	}
	return &Error{Broken, err}
}

// bounded is a stream of which no more is read than left.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fail(TooLarge, "it unpacks to more than %s", mebibytes(int64(maxStream)))
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
