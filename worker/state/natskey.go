package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gaveloj/gavel/worker/wholefile"
	"github.com/nats-io/nkeys"
)

// The embedded NATS server lets in who has its key, and refuses the other users of the host: whoever reaches it may read every
// source and package, and forge and delete verdicts. The key is an NKey and no password. A client signs with it and never
// sends it, so that a process of somebody else that listens at the worker's address learns nothing from those who try it.

// NATSKeyFile holds the seed of that key, as nk -gen user writes one.
func NATSKeyFile(dir string) string { return filepath.Join(dir, "nats.nk") }

// FindNATSKey is that file where there is one already.
func FindNATSKey(dir string) (file string, ok bool) {
	file = NATSKeyFile(dir)
	return file, wholefile.Exists(file)
}

// NATSKey is the public part of the key. The worker that has locked the directory makes it, at its first start.
func (s *Dir) NATSKey() (public string, err error) {
	file := NATSKeyFile(s.Path)
	public, err = readNATSKey(file)
	if !errors.Is(err, os.ErrNotExist) {
		return public, err
	}
	key, err := nkeys.CreateUser()
	if err != nil {
		return "", fmt.Errorf("make key of embedded NATS server: %w", err)
	}
	seed, err := key.Seed()
	if err != nil {
		return "", fmt.Errorf("make key of embedded NATS server: %w", err)
	}
	if err := WritePrivate(file, append(seed, '\n')); err != nil {
		return "", fmt.Errorf("keep key of embedded NATS server: %w", err)
	}
	return readNATSKey(file)
}

// readNATSKey reads the key, and refuses one that everybody on the host can read, or could exchange: it is no secret any
// more. A group may read it where the operator wants that.
func readNATSKey(file string) (public string, err error) {
	const remedy = "remove it, and the next start makes a new one"
	info, err := os.Stat(file)
	if err != nil {
		return "", fmt.Errorf("look at key of embedded NATS server: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o027 != 0 {
		return "", fmt.Errorf("key of embedded NATS server: %s has mode %#o, so that others can read or exchange it: %s", file, mode, remedy)
	}
	seed, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read key of embedded NATS server: %w", err)
	}
	key, err := nkeys.FromSeed([]byte(strings.TrimSpace(string(seed))))
	if err != nil {
		return "", fmt.Errorf("key of embedded NATS server: %s: %w: %s", file, err, remedy)
	}
	return key.PublicKey()
}

// WritePrivate writes a small file that its owner alone can read, in one step: whoever reads it, also after a loss of power,
// finds the whole of the old one or of the new one.
func WritePrivate(path string, data []byte) error {
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return os.Rename(temp, path)
}
