package tree

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/sandbox"
)

// Bounds on archives. They are checked against what the archive says of itself before anything is written, and
// enforced again while it is unpacked.
const (
	// MaxPackage is the most that a package may hold, unpacked.
	MaxPackage = 4 * sandbox.GiB
	// maxFile is the most that one file may hold, in directories too; problemtools has the same.
	maxFile = 1000 * sandbox.MiB
	// From suspectSize on, content that shrinks to less than one part in maxRatio is taken for a zip bomb. Single
	// test files do reach 1000, but a package of a gigabyte has others.
	suspectSize = sandbox.GiB
	maxRatio    = 250
	maxLink     = 4096 // bytes of a symbolic link's target
)

// unpacker writes an archive below a directory.
type unpacker struct {
	root   *os.Root
	issues *issue.Findings
	seen   map[string]bool // paths of entries so far
	links  []link
	buffer []byte
	// foreign archives may come from systems without permissions, where scripts are known by their names alone.
	foreign bool
	warned  bool // of paths with "\"
}

// link is a symbolic link of the archive. Links are made last, so that nothing is written through one.
type link struct{ name, target string }

// Unpack writes the archive at file into dir. What is wrong with the archive goes to issues; an error is about dir. One
// that is not foreign was made by Pack, which keeps what is executable.
func Unpack(file, dir string, foreign bool, issues *issue.Findings) error {
	archive, err := zip.OpenReader(file)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
			return err
		}
		issues.Reject("", 0, "is not a sound zip archive: "+err.Error(), "pack it again")
		return nil
	}
	defer archive.Close()
	if !plausible(archive.File, issues) {
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := unpacker{root: root, issues: issues, seen: make(map[string]bool), buffer: make([]byte, 64<<10), foreign: foreign}
	for _, f := range archive.File {
		if err := u.entry(f); err != nil {
			return err
		}
	}
	return u.makeLinks()
}

// plausible looks at what the archive says of itself.
func plausible(files []*zip.File, issues *issue.Findings) bool {
	if len(files) > maxEntries {
		issues.Reject("", 0, fmt.Sprintf("has %d entries, and at most %d are read", len(files), maxEntries), "split it")
		return false
	}
	var packed, unpacked uint64
	for _, f := range files {
		if f.UncompressedSize64 > uint64(maxFile) {
			issues.Reject(f.Name, 0, fmt.Sprintf("has %d bytes, and at most %d are read", f.UncompressedSize64, maxFile),
				"make it smaller")
			return false
		}
		packed += min(f.CompressedSize64, uint64(maxFile))
		unpacked += f.UncompressedSize64
	}
	switch {
	case unpacked > uint64(MaxPackage):
		issues.Reject("", 0, fmt.Sprintf("unpacks to %d bytes, and at most %d are read", unpacked, MaxPackage), "make it smaller")
		return false
	case unpacked > uint64(suspectSize) && unpacked/maxRatio > packed:
		issues.Reject("", 0, fmt.Sprintf("unpacks from %d to %d bytes like a zip bomb", packed, unpacked),
			"make it smaller, or unpack it and use the directory")
		return false
	}
	return true
}

// entry unpacks one entry.
func (u *unpacker) entry(f *zip.File) error {
	given := u.slashed(f)
	if !u.nameSound(given) {
		return nil
	}
	name := path.Clean(given)
	if ignoredPath(name) {
		return nil
	}
	mode := f.Mode()
	if mode.IsDir() || strings.HasSuffix(given, "/") {
		return u.directory(name)
	}
	if u.seen[name] {
		u.issues.Reject(name, 0, "is twice in the archive", "pack it again")
		return nil
	}
	u.seen[name] = true
	switch {
	case f.Flags&1 != 0:
		u.issues.Reject(name, 0, "is encrypted", "pack it without a password")
	case mode.IsRegular():
		return u.file(f, name)
	case mode.Type() == fs.ModeSymlink:
		u.link(f, name)
	default:
		u.issues.Reject(name, 0, "neither a regular file nor a directory", "leave it out")
	}
	return nil
}

// creatorFAT is what archives made on Windows say of the system that they were made on, in the upper byte of
// CreatorVersion (APPNOTE.TXT 4.4.2.2).
const creatorFAT = 0

// slashed is the path of an entry with "/" between its elements. Some programs of Windows write "\", against the rules
// of the format; elsewhere that is a part of a name.
func (u *unpacker) slashed(f *zip.File) string {
	if !u.foreign || f.CreatorVersion>>8 != creatorFAT || !strings.Contains(f.Name, `\`) {
		return f.Name
	}
	if !u.warned {
		u.warned = true
		u.issues.Warn(f.Name, 0, `has "\" in its path, which is taken for "/"`, `pack the archive again, with paths that use "/"`)
	}
	return strings.ReplaceAll(f.Name, `\`, "/")
}

// nameSound refuses names that lead out of the archive, or that no file can have.
func (u *unpacker) nameSound(name string) bool {
	what := ""
	switch {
	case name == "" || strings.Contains(name, "\x00"):
		what = "entry without a proper name"
	case strings.HasPrefix(name, "/"):
		what = "entry with an absolute path"
	case strings.Contains(name, `\`):
		what = `entry with "\" in its path`
	case !filepath.IsLocal(name):
		what = "entry with a path out of the archive"
	case strings.Count(name, "/") > maxDepth || tooLong(name):
		what = "entry with a path that is too long"
	default:
		return true
	}
	u.issues.Reject(name, 0, what, `pack the archive again, with relative paths that use "/"`)
	return false
}

func tooLong(name string) bool {
	for element := range strings.SplitSeq(name, "/") {
		if len(element) > 255 {
			return true
		}
	}
	return false
}

// ignoredPath says whether the entry is none of the package's, such as what macOS adds.
func ignoredPath(name string) bool {
	for element := range strings.SplitSeq(name, "/") {
		if element == "__MACOSX" || (strings.HasPrefix(element, ".") && element != "." && element != TimeLimitFile) {
			return true
		}
	}
	return false
}

func (u *unpacker) directory(name string) error {
	return u.placed(name, u.root.MkdirAll(name, 0o755))
}

// placed tells a clash inside the archive from a fault of the disk.
func (u *unpacker) placed(name string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist), isNotDirectory(err):
		u.issues.Reject(name, 0, "is both a file and a directory in the archive", "pack it again")
		return nil
	}
	return fmt.Errorf("unpack %q: %w", name, err)
}

// file writes one regular file. Everybody may read it: programs in containers run as other users. The directory
// above is private.
func (u *unpacker) file(f *zip.File, name string) error {
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return u.placed(name, err)
	}
	perm := fs.FileMode(0o644)
	if f.Mode()&0o111 != 0 || u.foreign && isScript(name) {
		perm = 0o755
	}
	out, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return u.placed(name, err)
	}
	err = u.content(f, name, out)
	return errors.Join(err, out.Chmod(perm), out.Close()) // Chmod: whatever the umask is
}

// isScript says whether a file is by its name a script of a program: archives made on Windows have no permissions.
func isScript(name string) bool {
	base := path.Base(name)
	return base == "build" || base == "run"
}

// content copies the content of an entry.
func (u *unpacker) content(f *zip.File, name string, out *os.File) error {
	in, err := f.Open()
	if err != nil {
		u.issues.Reject(name, 0, "cannot be unpacked: "+err.Error(), "pack it again with the method deflate or store")
		return nil
	}
	defer in.Close()
	limited := io.LimitReader(in, int64(f.UncompressedSize64)+1)
	n, err := io.CopyBuffer(struct{ io.Writer }{out}, limited, u.buffer)
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk):
		return fmt.Errorf("unpack %q: %w", name, err)
	case err != nil:
		u.issues.Reject(name, 0, "cannot be unpacked: "+err.Error(), "pack the archive again")
	case n > int64(f.UncompressedSize64):
		u.issues.Reject(name, 0, "is longer than the archive says", "pack the archive again")
	}
	return nil
}

// link notes a symbolic link.
func (u *unpacker) link(f *zip.File, name string) {
	in, err := f.Open()
	if err != nil {
		u.issues.Reject(name, 0, "cannot be unpacked: "+err.Error(), "pack the archive again")
		return
	}
	defer in.Close()
	target, err := io.ReadAll(io.LimitReader(in, maxLink))
	if err != nil || len(target) == 0 || len(target) == maxLink {
		u.issues.Reject(name, 0, "symbolic link that cannot be read", "pack the archive again")
		return
	}
	u.links = append(u.links, link{name: name, target: string(target)})
}

// makeLinks makes the symbolic links. Where they lead is looked at when the directory is read.
func (u *unpacker) makeLinks() error {
	for _, l := range u.links {
		err := u.root.MkdirAll(path.Dir(l.name), 0o755)
		if err == nil {
			err = u.root.Symlink(l.target, l.name)
		}
		if err := u.placed(l.name, err); err != nil {
			return err
		}
	}
	return nil
}

func isNotDirectory(err error) bool { return errors.Is(err, unix.ENOTDIR) }
