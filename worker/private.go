package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/exit"
)

// private is a file or directory that the worker is given and that programs must not read. Containers see whole directories
// of the host for their toolchains, /usr and /opt among them.
type private struct {
	what  string // as the one who gave it calls it
	path  string
	place string // where it could be instead
}

// exposed is why programs can read it, nil when they cannot.
func (p private) exposed(view *sandbox.View) error {
	source, err := view.Shows(p.path)
	if err != nil {
		return fmt.Errorf("%s: %w", p.what, err)
	}
	if source == "" {
		return nil
	}
	return exit.Usage(fmt.Errorf("%s: every submission can read %s, because containers see %s; move it to where they do not look, such as %s",
		p.what, p.path, source, p.place))
}

// refuseExposed returns the error of the first that programs can read. It looks at the mounts as they are now.
func refuseExposed(all ...private) error {
	view, err := sandbox.DefaultView()
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := p.exposed(view); err != nil {
			return err
		}
	}
	return nil
}

// configPath is the path of the configuration file; "" where there is none.
type configPath string

// private is the configuration file, which may hold a password.
func (c configPath) private() []private {
	if c == "" {
		return nil
	}
	return []private{{"--config", string(c), "/etc/gavel"}}
}

// private is the state directory and what it holds: queue, packages and temporary files may be links to other places.
func (s stateSettings) private() ([]private, error) {
	dir, err := s.dir()
	if err != nil {
		return nil, err
	}
	all := []private{{"--state-dir", dir, "/var/lib/gavel"}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return all, nil // whoever opens it says why, and makes it where there is none
	}
	for _, e := range entries {
		all = append(all, private{"--state-dir", filepath.Join(dir, e.Name()), "/var/lib/gavel"})
	}
	return all, nil
}

// privateProblems is the directory of --problems, where there is one.
func privateProblems(dir string) []private {
	if dir == "" {
		return nil
	}
	return []private{{"--problems", dir, "/srv/problems"}}
}

// privatePackage is a problem package.
func privatePackage(path string) private { return private{"problem package", path, "/srv/problems"} }

// rejectExposed is for packages in the directory of a worker, which come and go, and may be links.
func rejectExposed(path string) error {
	err := refuseExposed(privatePackage(path))
	if err != nil && exit.CodeOf(err) == exit.BadRequest {
		return api.Refuse(verdict.ClassProblem, err)
	}
	return err
}
