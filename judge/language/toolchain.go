package language

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// tool is a program of a toolchain, found on the host.
type tool struct {
	Path     string // with symbolic links resolved
	Size     int64
	Modified time.Time
}

// tools finds every program that the language needs. The error names the first that is missing.
func (t *Table) tools(l *Language) ([]tool, error) {
	var found []tool
	for _, name := range l.toolNames() {
		tl, err := t.find(name)
		var missing *missingToolError
		if errors.As(err, &missing) {
			missing.pkg = l.Package
		}
		if err != nil {
			return nil, err
		}
		found = append(found, tl)
	}
	return found, nil
}

// toolNames lists what stands first in the language's commands, sorted.
func (l *Language) toolNames() []string {
	commands := slices.Concat([][]string{l.Version, l.Run.Args}, l.Compile.Steps)
	if l.Prepare != nil {
		commands = slices.Concat(commands, l.Prepare.First, l.Prepare.Steps)
	}
	var names []string
	for _, c := range commands {
		if !strings.HasPrefix(c[0], "{") {
			names = append(names, c[0])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// find looks a program up in the table's PATH, on the host.
func (t *Table) find(name string) (tool, error) {
	candidates := []string{name}
	if !filepath.IsAbs(name) {
		candidates = nil
		for _, dir := range t.searchPath() {
			candidates = append(candidates, filepath.Join(dir, name))
		}
	}
	for _, c := range candidates {
		info, err := os.Stat(c)
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
			continue
		}
		resolved, err := filepath.EvalSymlinks(c)
		if err != nil {
			continue
		}
		return tool{Path: resolved, Size: info.Size(), Modified: info.ModTime()}, nil
	}
	return tool{}, &missingToolError{tool: name, path: strings.Join(t.searchPath(), ":")}
}

// stamp tells one state of a toolchain from another: it differs when a program of it, an input of its cache, or any
// Debian package has come, gone or changed.
type stamp string

// packageDatabase changes with every Debian package that comes or goes, also with those that hold only libraries.
const packageDatabase = "/var/lib/dpkg/status"

// stampOf looks at the files of l's toolchain. It runs nothing.
func (t *Table) stampOf(l *Language) stamp {
	tools, err := t.tools(l)
	if err != nil {
		return stamp(err.Error())
	}
	if l.Prepare != nil {
		for _, path := range l.Prepare.Inputs {
			input, err := inputFile(path)
			if err != nil {
				return stamp(err.Error())
			}
			tools = append(tools, input)
		}
	}
	if packages, err := inputFile(packageDatabase); err == nil {
		tools = append(tools, packages)
	}
	return stamp(fmt.Sprint(tools))
}

// versionTimeout is generous: it only ends a toolchain that hangs.
const versionTimeout = 20 * time.Second

// hostVersion asks the toolchain for its version, on the host, whose toolchain is trusted.
func (t *Table) hostVersion(ctx context.Context, l *Language) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	found, err := t.find(l.Version[0])
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, found.Path, l.Version[1:]...)
	cmd.Args[0] = l.Version[0]
	cmd.Env = slices.Concat(t.Env, []string{"HOME=/nonexistent", "TMPDIR=/tmp"})
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("run %s: %w", strings.Join(l.Version, " "), err)
	}
	version := firstLine(out)
	if version == "" {
		return "", errors.New(strings.Join(l.Version, " ") + " printed nothing")
	}
	return version, nil
}

// firstLine is the first line that is not blank.
func firstLine(out []byte) string {
	for line := range strings.Lines(strings.ToValidUTF8(string(out), "\uFFFD")) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}
