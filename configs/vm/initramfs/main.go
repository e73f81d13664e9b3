// Command initramfs writes the first file system of a virtual machine to standard output: a gzipped cpio
// archive (kernel: Documentation/driver-api/early-userspace/buffer-format.rst).
//
//	initramfs HOST-PATH[=PATH-IN-ARCHIVE]... > initrd.gz
//
// A directory is taken with all that is in it. With an ELF binary come the shared libraries it needs.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if err := write(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "initramfs:", err)
		os.Exit(1)
	}
}

func write(out io.Writer, items []string) (err error) {
	buffered := bufio.NewWriter(out)
	packed := gzip.NewWriter(buffered)
	a := &archive{out: packed, done: map[string]bool{}}
	defer func() { err = errors.Join(err, packed.Close(), buffered.Flush()) }()
	for _, item := range items {
		host, target, found := strings.Cut(item, "=")
		if !found {
			target = host
		}
		if err := a.tree(host, target); err != nil {
			return fmt.Errorf("add %s: %w", host, err)
		}
	}
	return a.entry("TRAILER!!!", 0, nil)
}

// archive is a cpio archive of the "newc" kind.
type archive struct {
	out   io.Writer
	inode int
	done  map[string]bool // names in the archive, to write none twice
}

// tree adds what is at host, a file or a directory.
func (a *archive) tree(host, target string) error {
	return filepath.WalkDir(host, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rest, err := filepath.Rel(host, path)
		if err != nil {
			return err
		}
		return a.add(path, filepath.Join(target, rest))
	})
}

// add adds one file or directory, with its parents. A symbolic link becomes what it points to.
func (a *archive) add(host, target string) error {
	info, err := os.Stat(host)
	if err != nil || a.done[target] || target == "/" {
		return err
	}
	a.done[target] = true
	if err := a.parents(target); err != nil {
		return err
	}
	if info.IsDir() {
		return a.entry(target, 0o040755, nil)
	}
	data, err := os.ReadFile(host)
	if err != nil {
		return err
	}
	if err := a.entry(target, 0o100000|int(info.Mode().Perm()), data); err != nil {
		return err
	}
	if bytes.HasPrefix(data, []byte("\x7fELF")) {
		return a.libraries(host)
	}
	return nil
}

func (a *archive) parents(target string) error {
	dir := filepath.Dir(target)
	if dir == "/" || a.done[dir] {
		return nil
	}
	a.done[dir] = true
	if err := a.parents(dir); err != nil {
		return err
	}
	return a.entry(dir, 0o040755, nil)
}

// libraries adds what ldd lists: "name => /path (0x...)" and "/path (0x...)".
func (a *archive) libraries(binary string) error {
	text, err := exec.Command("ldd", binary).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil // static: ldd has nothing to say
	}
	if err != nil {
		return err
	}
	for word := range strings.FieldsSeq(string(text)) {
		if strings.HasPrefix(word, "/") {
			if err := a.add(word, word); err != nil {
				return err
			}
		}
	}
	return nil
}

// entry writes a header of 6 + 13 times 8 hexadecimal digits, the name and the data, both padded to 4 bytes.
func (a *archive) entry(name string, mode int, data []byte) error {
	name = strings.TrimPrefix(name, "/")
	a.inode++
	var b bytes.Buffer
	b.WriteString("070701")
	for _, field := range []int{a.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0} {
		fmt.Fprintf(&b, "%08x", field)
	}
	b.WriteString(name + "\x00")
	pad(&b)
	b.Write(data)
	pad(&b)
	_, err := a.out.Write(b.Bytes())
	return err
}

func pad(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}
