package artifact

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/diskcache"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/sandbox"
)

// Compiled is a compiled program in use. Give it back with Store.Release.
type Compiled struct {
	Program *language.Program
	// executable is the native program, open for reading; nil where the language has none.
	Executable *os.File
	Report     api.CompileReport
	entry      *diskcache.Entry
}

// manifest is manifest.json of an artifact on disk. The data of file i is in the file "i".
type manifest struct {
	Version int               `json:"version"`
	Entry   string            `json:"entry"`
	Native  bool              `json:"native"` // file 0 is the executable
	Report  api.CompileReport `json:"compile"`
	Files   []manifestFile    `json:"files"`
}

type manifestFile struct {
	Path   string      `json:"path"`
	Mode   fs.FileMode `json:"mode"`
	Size   int64       `json:"size"`
	SHA256 string      `json:"sha256"`
}

const (
	formatVersion = 1
	manifestName  = "manifest.json"
)

// Key names a compilation by all that it depends on: the unit, the toolchain, the flags, the limits. How
// the program is run is no part of it.
func Key(u *language.Unit, t *language.Table, version string, limits language.Limits) (string, error) {
	l := u.Language
	head, err := json.Marshal([]any{
		formatVersion, l.ID, version, l.Compile, t.Env, limits, u.MainFile, u.EntryPoint, u.Flags, len(u.Files),
	})
	if err != nil {
		return "", fmt.Errorf("name artifact: %w", err)
	}
	h := sha256.New()
	h.Write(head)
	for _, f := range u.Files {
		// Lengths stand before what they measure, so that no two lists of files give the same stream.
		fmt.Fprintf(h, "\n%d %q %o %d\n", len(f.Path), f.Path, f.Mode, len(f.Data))
		h.Write(f.Data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// write writes a compiled program to the empty directory dir and returns its size.
func write(dir string, c *language.Compilation, report api.CompileReport) (sandbox.Bytes, error) {
	m := manifest{Version: formatVersion, Entry: c.Program.Entry, Report: report}
	var total sandbox.Bytes
	add := func(path string, mode fs.FileMode, r io.Reader) error {
		f, err := writeFile(filepath.Join(dir, fmt.Sprint(len(m.Files))), mode, r)
		if err != nil {
			return err
		}
		f.Path = path
		m.Files = append(m.Files, f)
		total += sandbox.Bytes(f.Size)
		return nil
	}
	if c.Executable != nil {
		m.Native = true
		info, err := c.Executable.Stat()
		if err != nil {
			return 0, fmt.Errorf("look at compiled program: %w", err)
		}
		if err := add("program", 0o555, io.NewSectionReader(c.Executable, 0, info.Size())); err != nil {
			return 0, err
		}
	}
	for _, f := range c.Program.Files {
		if err := add(f.Path, f.Mode, bytes.NewReader(f.Data)); err != nil {
			return 0, err
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		return 0, fmt.Errorf("describe artifact: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, manifestName), text, 0o600); err != nil {
		return 0, fmt.Errorf("describe artifact: %w", err)
	}
	return total + sandbox.Bytes(len(text)), nil
}

func writeFile(path string, mode fs.FileMode, r io.Reader) (manifestFile, error) {
	perm := fs.FileMode(0o444)
	if mode&0o111 != 0 {
		perm = 0o555
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return manifestFile{}, fmt.Errorf("save artifact: %w", err)
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), r)
	if err := errors.Join(err, f.Close()); err != nil {
		return manifestFile{}, fmt.Errorf("save artifact: %w", err)
	}
	return manifestFile{Mode: mode, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
}

// read reads what write wrote. With prove it compares hashes, else sizes only.
func read(dir string, l *language.Language, prove bool) (_ *Compiled, err error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return nil, fmt.Errorf("read artifact: %w", err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("read description of artifact: %w", err)
	}
	if m.Version != formatVersion || len(m.Files) == 0 {
		return nil, fmt.Errorf("artifact of version %d with %d files", m.Version, len(m.Files))
	}
	a := &Compiled{Report: m.Report, Program: &language.Program{Language: l, Entry: m.Entry}}
	defer func() {
		if err != nil {
			_ = a.close() // the artifact is of no use
		}
	}()
	if m.Native {
		if a.Executable, err = openFile(filepath.Join(dir, "0"), m.Files[0], prove); err != nil {
			return nil, err
		}
		return a, nil
	}
	for i, f := range m.Files {
		data, err := readFile(filepath.Join(dir, fmt.Sprint(i)), f, prove)
		if err != nil {
			return nil, err
		}
		a.Program.Files = append(a.Program.Files, sandbox.File{Path: f.Path, Mode: f.Mode, Data: data})
	}
	return a, nil
}

// openFile opens a file whose content is as it was written. A program that is run from it finds no path of it.
func openFile(path string, want manifestFile, prove bool) (*os.File, error) {
	f, err := sandbox.OpenNameless(path)
	if err != nil {
		return nil, fmt.Errorf("open artifact: %w", err)
	}
	if err := want.check(f, prove); err != nil {
		return nil, errors.Join(fmt.Errorf("read artifact %s: %w", path, err), f.Close())
	}
	return f, nil
}

// check compares f with what was written, without moving its offset.
func (want manifestFile) check(f *os.File, prove bool) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != want.Size {
		return fmt.Errorf("%d bytes, not %d", info.Size(), want.Size)
	}
	if !prove {
		return nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, want.Size)); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != want.SHA256 {
		return errors.New("content changed on disk")
	}
	return nil
}

func readFile(path string, want manifestFile, prove bool) ([]byte, error) {
	f, err := openFile(path, want, prove)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read artifact: %w", err)
	}
	return data, nil
}

func (a *Compiled) close() error {
	if a.Executable == nil {
		return nil
	}
	return a.Executable.Close()
}
