package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/exit"
)

// Private is a file or directory that the worker is given and that programs must not read. Containers see whole directories
// of the host for their toolchains, /usr and /opt among them.
type Private struct {
	What  string // as the one who gave it calls it
	Path  string
	Place string // where it could be instead
}

// Exposed is why programs can read it, nil when they cannot.
func (p Private) Exposed(view *sandbox.View) error {
	source, err := view.Shows(p.Path)
	if err != nil {
		return fmt.Errorf("%s: %w", p.What, err)
	}
	if source == "" {
		return nil
	}
	return exit.Usage(fmt.Errorf("%s: every submission can read %s, because containers see %s; move it to where they do not look, such as %s",
		p.What, p.Path, source, p.Place))
}

// RefuseExposed returns the error of the first that programs can read. It looks at the mounts as they are now.
func RefuseExposed(all ...Private) error {
	view, err := sandbox.DefaultView()
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := p.Exposed(view); err != nil {
			return err
		}
	}
	return nil
}

// ConfigPath is the path of the configuration file; "" where there is none.
type ConfigPath string

// Private is the configuration file, which may hold a password.
func (c ConfigPath) Private() []Private {
	if c == "" {
		return nil
	}
	return []Private{{"--config", string(c), "/etc/gavel"}}
}

// Private is the state directory and what it holds: queue, packages and temporary files may be links to other places.
func (s State) Private() ([]Private, error) {
	dir, err := s.Dir()
	if err != nil {
		return nil, err
	}
	all := []Private{{"--state-dir", dir, "/var/lib/gavel"}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return all, nil // whoever opens it says why, and makes it where there is none
	}
	for _, e := range entries {
		all = append(all, Private{"--state-dir", filepath.Join(dir, e.Name()), "/var/lib/gavel"})
	}
	return all, nil
}

// PrivateProblems is the directory of --problems, where there is one.
func PrivateProblems(dir string) []Private {
	if dir == "" {
		return nil
	}
	return []Private{{"--problems", dir, "/srv/problems"}}
}

// PrivatePackage is a problem package.
func PrivatePackage(path string) Private { return Private{"problem package", path, "/srv/problems"} }

// RejectExposed is for packages in the directory of a worker, which come and go, and may be links.
func RejectExposed(path string) error {
	err := RefuseExposed(PrivatePackage(path))
	if err != nil && exit.CodeOf(err) == exit.BadRequest {
		return api.Refuse(verdict.ClassProblem, err)
	}
	return err
}

// ReadSecret returns the first line of the file that a flag names, which must not be empty.
func ReadSecret(flag, path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", exit.Usage(fmt.Errorf("%s: %w", flag, err))
	}
	line, _, _ := strings.Cut(string(data), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", exit.Usage(fmt.Errorf("%s: the first line of %s is empty", flag, path))
	}
	return line, nil
}
