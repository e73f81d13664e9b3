package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// View tells which paths of the host programs in containers can read, by the mounts that there are when it is made. Modes
// of files are not looked at: programs may run under the worker's own id.
type View struct {
	host    mountTable
	sources []viewed
}

// viewed is a directory or file of a file system that containers see.
type viewed struct {
	source string // the Mount that shows it
	path   string // where it is on the host
	place  place
}

// place names a file without regard to where its file system is mounted: two paths may lead to it.
type place struct {
	device string // as mountinfo has it, such as 8:1
	path   string // from the root of the file system
}

// DefaultView tells what every container sees, and would see of toolchain directories that are not there yet: a state
// directory makes those above it.
func DefaultView() (*View, error) {
	mounts := DefaultMounts()
	for _, path := range toolchains {
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) && !strings.Contains(path, "*") {
			mounts = append(mounts, Mount{Source: path, Target: path})
		}
	}
	return NewView(mounts)
}

// NewView tells what containers with these mounts see.
func NewView(mounts []Mount) (*View, error) {
	text, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("read what is mounted: %w", err)
	}
	table, err := parseMountInfo(string(text))
	if err != nil {
		return nil, fmt.Errorf("read what is mounted: %w", err)
	}
	v := &View{host: table}
	for _, m := range mounts {
		source, err := resolve(m.Source)
		if err != nil {
			return nil, fmt.Errorf("find what containers see: %w", err)
		}
		v.show(m.Source, source)
	}
	return v, nil
}

// show adds what is at path, which has no links, and what is mounted below it: binds are recursive.
func (v *View) show(source, path string) {
	for _, at := range v.host.at(path) {
		v.sources = append(v.sources, viewed{source, at, v.host.place(at)})
	}
}

// Shows returns the source of the mount by which programs see the file or directory at path, or something mounted below
// it; "" if they do not. What is to be made later counts as if it were there.
func (v *View) Shows(path string) (source string, err error) {
	path, err = resolve(path)
	if err != nil {
		return "", fmt.Errorf("find out whether containers see it: %w", err)
	}
	for _, at := range v.host.at(path) {
		for _, s := range v.sources {
			if v.covers(s, v.host.place(at)) {
				return s.source, nil
			}
		}
	}
	return "", nil
}

// covers reports whether p lies in s, and is not hidden there by something mounted over it.
func (v *View) covers(s viewed, p place) bool {
	rest, inside := below(p.path, s.place.path)
	return inside && p.device == s.place.device && v.host.place(filepath.Join(s.path, rest)) == p
}

// resolve returns path absolute and without links. What does not exist is taken to be a directory that will be made; who
// makes it learns that it cannot be, where its parent is a file.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENOTDIR) || path == "/" {
		return real, err
	}
	parent, err := resolve(filepath.Dir(path))
	return filepath.Join(parent, filepath.Base(path)), err
}

// below returns the part of path under dir, and whether it is there at all. Both are absolute and clean.
func below(path, dir string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, dir)
	return rest, ok && (rest == "" || dir == "/" || rest[0] == '/')
}

// mountTable is the mounts of this process.
type mountTable []mountEntry

// mountEntry is a line of mountinfo, see proc_pid_mountinfo(5).
type mountEntry struct {
	id, parent string
	root       place  // what of a file system is mounted
	point      string // where
}

func parseMountInfo(text string) (mountTable, error) {
	var table mountTable
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			return nil, fmt.Errorf("line %q of mountinfo", strings.TrimSpace(line))
		}
		table = append(table, mountEntry{
			id: fields[0], parent: fields[1], root: place{fields[2], unescape(fields[3])}, point: unescape(fields[4]),
		})
	}
	return table, nil
}

// unescape reads the octal numbers that stand for white space and backslashes.
func unescape(field string) string {
	return regexp.MustCompile(`\\[0-7]{3}`).ReplaceAllStringFunc(field, func(octal string) string {
		code, _ := strconv.ParseUint(octal[1:], 8, 8) // 777 is no byte, and never written
		return string([]byte{byte(code)})
	})
}

// on returns the mount that path is on. It goes from mount to mount as a walk along the path does, so that one that
// another mount hides does not count. Where the root is no mount point, as after chroot, the zero mountEntry stands for it.
func (t mountTable) on(path string) mountEntry {
	listed := map[string]bool{}
	for _, m := range t {
		listed[m.id] = true
	}
	current := mountEntry{root: place{path: "/"}, point: "/"}
	for {
		var next *mountEntry
		for i, m := range t {
			_, onTheWay := below(path, m.point)
			onCurrent := m.parent == current.id || current.id == "" && !listed[m.parent]
			if onTheWay && onCurrent && m.id != current.id && (next == nil || len(m.point) <= len(next.point)) {
				next = &t[i]
			}
		}
		if next == nil {
			return current
		}
		current = *next
	}
}

// place names the file at path, which has no links.
func (t mountTable) place(path string) place {
	m := t.on(path)
	rest, _ := below(path, m.point)
	return place{m.root.device, filepath.Join(m.root.path, rest)}
}

// at returns path, and where something is mounted below it.
func (t mountTable) at(path string) []string {
	paths := []string{path}
	for _, m := range t {
		if rest, ok := below(m.point, path); ok && rest != "" && t.on(m.point) == m {
			paths = append(paths, m.point)
		}
	}
	return paths
}
