package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/settings"
)

// checkView tells what of the host containers see, and what of the worker's is among it.
func (c Command) checkView(config settings.ConfigPath) []finding {
	const check = "visible to programs"
	view, err := sandbox.DefaultView()
	if err != nil {
		return []finding{fail(check, err, "mount /proc")}
	}
	state, err := c.State.Private()
	if err != nil {
		return []finding{fail(check, err, "name one that can be written: --state-dir DIR")}
	}
	var sources []string
	for _, m := range sandbox.DefaultMounts() {
		sources = append(sources, m.Source)
	}
	findings := []finding{pass(check, strings.Join(sources, ", "))}
	for _, p := range slices.Concat(config.Private(), state, c.NATS.Private(), settings.PrivateProblems(c.Problems)) {
		if err := p.Exposed(view); err != nil {
			findings = append(findings, fail(check, err, "the worker does not start with it"))
		}
	}
	return append(findings, exposedPackages(view, c.Problems)...)
}

// exposedPackages warns of packages that are links to what programs can read: the worker does not judge by them.
func exposedPackages(view *sandbox.View, dir string) []finding {
	entries, err := os.ReadDir(dir)
	if err != nil || dir == "" {
		return nil // there is none, or serve says what is wrong with it
	}
	var findings []finding
	for _, e := range entries {
		p := settings.PrivatePackage(filepath.Join(dir, e.Name()))
		if err := p.Exposed(view); err != nil {
			findings = append(findings, warn("visible to programs", err.Error(), "submissions for it get a judge error"))
		}
	}
	return findings
}
