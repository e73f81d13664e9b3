package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// Digest hashes every file of the package: path, executable bit, size and content, in byte order of paths. Since
// every byte is read here, look says who is to see the content of a file too; nil is nobody.
func (t *Tree) Digest(look func(*Entry) io.Writer) (string, error) {
	h := sha256.New()
	for _, e := range t.Files(".") {
		if err := t.hashFile(h, e, look(e)); err != nil {
			return "", fmt.Errorf("hash %s: %w", e.Path, err)
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// hashFile writes one file so that no two lists of files give the same stream: lengths stand before what they
// measure. The content goes to seen as well, unless it is nil.
func (t *Tree) hashFile(h io.Writer, e *Entry, seen io.Writer) error {
	f, err := t.Open(e.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := fmt.Fprintf(h, "%d %s %t %d\n", len(e.Path), e.Path, e.Executable, e.Size); err != nil {
		return err
	}
	if seen != nil {
		h = io.MultiWriter(h, seen)
	}
	n, err := io.Copy(h, io.LimitReader(f, e.Size))
	if err != nil {
		return err
	}
	if n != e.Size {
		return fmt.Errorf("read %d of %d bytes: the file changed", n, e.Size)
	}
	return nil
}
