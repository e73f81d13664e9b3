package problem

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// digest hashes every file of the package: path, executable bit, size and content, in byte order of paths. Since
// every byte is read here, look says who is to see the content of a file too; nil is nobody.
func (t *tree) digest(look func(*entry) io.Writer) (string, error) {
	h := sha256.New()
	for _, e := range t.files(".") {
		if err := t.hashFile(h, e, look(e)); err != nil {
			return "", fmt.Errorf("hash %s: %w", e.path, err)
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// hashFile writes one file so that no two lists of files give the same stream: lengths stand before what they
// measure. The content goes to seen as well, unless it is nil.
func (t *tree) hashFile(h io.Writer, e *entry, seen io.Writer) error {
	f, err := t.open(e.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := fmt.Fprintf(h, "%d %s %t %d\n", len(e.path), e.path, e.executable, e.size); err != nil {
		return err
	}
	if seen != nil {
		h = io.MultiWriter(h, seen)
	}
	n, err := io.Copy(h, io.LimitReader(f, e.size))
	if err != nil {
		return err
	}
	if n != e.size {
		return fmt.Errorf("read %d of %d bytes: the file changed", n, e.size)
	}
	return nil
}
