// Package version tells what this binary is made of.
package version

import (
	"runtime"
	"runtime/debug"

	"github.com/gaveloj/gavel/sandbox/seccomp"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Command prints what this binary is made of.
type Command struct{}

// Report is what version prints.
type Report struct {
	Version    string `json:"version"`
	Revision   string `json:"revision,omitempty"`
	Modified   bool   `json:"modified,omitempty"` // the sources differed from the revision
	Go         string `json:"go"`
	Libseccomp string `json:"libseccomp"`
	Platform   string `json:"platform"`
}

// Help returns what the command is for, with examples; kong prints it.
func (Command) Help() string { return terminal.Examples(`gavel version --format json`) }

// Run prints the version.
func (Command) Run(out *terminal.Output) error {
	v := Read()
	if out.JSON {
		return out.Object(v)
	}
	out.Linef("gavel %s", v.Version)
	if v.Revision != "" {
		out.Linef("revision %s", v.Revision)
	}
	out.Linef("%s, libseccomp %s, %s", v.Go, v.Libseccomp, v.Platform)
	return nil
}

// Read reads what the Go toolchain stamped into the binary.
func Read() Report {
	v := Report{
		Version:    "(devel)",
		Go:         runtime.Version(),
		Libseccomp: seccomp.LibraryVersion(),
		Platform:   runtime.GOOS + "/" + runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}
