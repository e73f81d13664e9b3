package execute

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// fileIn is a file of the host to be put into the container: SRC[:DEST]. The last colon counts, so that a name with a colon
// in it needs a DEST.
type fileIn struct{ source, dest string }

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *fileIn) UnmarshalText(text []byte) (err error) {
	f.source, f.dest, err = splitPaths(string(text), "file of this host, and behind the colon what it is to be called in the container")
	return err
}

// fileOut is a file of the container to be copied back: PATH[:DEST].
type fileOut struct{ source, dest string }

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *fileOut) UnmarshalText(text []byte) (err error) {
	o.source, o.dest, err = splitPaths(string(text), "file in the container, and behind the colon where it is to go")
	return err
}

// splitPaths splits SRC:DEST. Without DEST it is the base name of SRC, and so is the end of one that ends in a slash.
func splitPaths(text, want string) (source, dest string, err error) {
	source = text
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		source, dest = text[:i], text[i+1:]
	}
	if source == "" || strings.HasSuffix(source, "/") || strings.ContainsRune(text, 0) || strings.HasSuffix(text, ":") {
		return "", "", fmt.Errorf("%q: want the name of a %s", text, want)
	}
	if dest == "" || strings.HasSuffix(dest, "/") {
		dest += path.Base(source)
	}
	return source, dest, nil
}

// path is where the file goes in the container.
func (f fileIn) path(workDir string) string { return inDirectory(workDir, f.dest) }

// checkFiles refuses files that have no place in the container.
func (c Command) checkFiles() error {
	seen := map[string]string{}
	for _, f := range c.File {
		at := f.path(c.workDir())
		if scratchOf(at) == "" {
			return exit.Usage(fmt.Errorf("--file %s: it would be %s in the container; choose a place below %s", f.source, at, strings.Join(sandbox.ScratchDirs(), ", ")))
		}
		if other, twice := seen[at]; twice {
			return exit.Usage(fmt.Errorf("--file %s: %s has the place %s already; give one of them another, as in --file %s:other",
				f.source, other, at, f.source))
		}
		seen[at] = f.source
	}
	return nil
}

// scratchOf is the writable directory of the container that a path lies in; "" if it lies in none.
func scratchOf(name string) string {
	for _, dir := range sandbox.ScratchDirs() {
		if strings.HasPrefix(name, dir+"/") {
			return dir
		}
	}
	return ""
}

// directories are those that are made for the command: its working directory, and those of its files, so that it can write
// there.
func (c Command) directories() []string {
	wanted := map[string]bool{}
	add := func(dir string) {
		for scratchOf(dir) != "" {
			wanted[dir] = true
			dir = path.Dir(dir)
		}
	}
	add(c.workDir())
	for _, f := range c.File {
		add(path.Dir(f.path(c.workDir())))
	}
	return slices.Sorted(maps.Keys(wanted)) // those above come before those below
}

// openFiles opens the files that are to be put into the container. They are copied from there, whatever their size.
func (c Command) openFiles() (files []sandbox.File, err error) {
	for _, f := range c.File {
		file, err := openExecFile(f, c.workDir())
		if err != nil {
			closeFiles(files)
			return nil, exit.Usage(fmt.Errorf("--file: %w", err))
		}
		files = append(files, file)
	}
	return files, nil
}

// openExecFile opens one of them. It can be read and not written there, and be run if it can be here.
func openExecFile(f fileIn, workDir string) (sandbox.File, error) {
	info, err := os.Stat(f.source) // first, so that a FIFO does not keep it waiting
	if err != nil {
		return sandbox.File{}, err
	}
	if !info.Mode().IsRegular() {
		return sandbox.File{}, fmt.Errorf("%s is not a regular file; name files one by one, or pack them and unpack them there", f.source)
	}
	opened, err := os.Open(f.source)
	if err != nil {
		return sandbox.File{}, err
	}
	mode := fs.FileMode(0o444)
	if info.Mode()&0o111 != 0 {
		mode = 0o555
	}
	return sandbox.File{Path: f.path(workDir), Mode: mode, From: opened}, nil
}

func closeFiles(files []sandbox.File) {
	for _, f := range files {
		_ = f.From.Close() // read side
	}
}

// put copies the files into a container.
func (x *execution) put(ctx context.Context, box *sandbox.Sandbox) error {
	if len(x.files) == 0 {
		return nil
	}
	err := box.Put(ctx, x.files...)
	var refused *sandbox.PutError
	if errors.As(err, &refused) && refused.Refused() {
		return exit.Usage(fmt.Errorf("--file: %w; %s, /tmp and /dev/shm of a container hold %s each", err, sandbox.WorkDir, terminal.Mebibytes(int64(sandbox.DefaultScratch))))
	}
	return err
}

// variable is an environment variable: NAME=VALUE.
type variable string

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *variable) UnmarshalText(text []byte) error {
	name, _, found := strings.Cut(string(text), "=")
	if !found || name == "" || strings.ContainsRune(string(text), 0) {
		return fmt.Errorf("%q is not a variable; write NAME=VALUE", text)
	}
	*e = variable(text)
	return nil
}

// environment is the default one with the variables that are asked for, of which the last of a name counts.
func (c Command) environment() []string {
	variables := make([]string, len(c.Env))
	for i, e := range c.Env {
		variables[i] = string(e)
	}
	return sandbox.WithVariables(sandbox.DefaultEnv(), variables...)
}

// checkOuts refuses two files for one place, before anything is run.
func (c Command) checkOuts() error {
	seen := map[string]bool{}
	for _, o := range c.Out {
		dest := filepath.Clean(o.dest)
		if seen[dest] {
			return exit.Usage(fmt.Errorf("--out %s: another file goes to %s already; give one of them another name, as in --out %s:other", o.source, dest, o.source))
		}
		seen[dest] = true
		if err := settings.CheckDirectory(filepath.Dir(dest)); err != nil {
			return exit.Usage(fmt.Errorf("--out %s: %w", o.source, err))
		}
	}
	return nil
}

// copyBack copies the files that the command left. Its error names all that could not be.
func (x *execution) copyBack(ctx context.Context, box *sandbox.Sandbox) error {
	var errs []error
	for _, o := range x.Out {
		if err := copyOut(ctx, box, o, inDirectory(x.workDir(), o.source)); err != nil {
			errs = append(errs, fmt.Errorf("--out %s: %w", o.source, err))
		}
	}
	return errors.Join(errs...)
}

// errNoOutput says that a command did not leave what it was to leave.
var errNoOutput = errors.New("the command left no such file")

func copyOut(ctx context.Context, box *sandbox.Sandbox, o fileOut, from string) (err error) {
	f, err := box.Open(ctx, from)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errNoOutput
	case errors.Is(err, sandbox.ErrLost):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", errNoOutput, err) // a directory, a link, or something that cannot be read
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	to, err := os.OpenFile(o.dest, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666|info.Mode()&0o111)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, f)
	return errors.Join(err, to.Close())
}
