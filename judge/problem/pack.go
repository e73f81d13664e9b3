package problem

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// Pack writes the package as a zip archive that reader.Load and Unpack read: what was taken into account, with links
// resolved, and testlib.h where a program needs it and the package leaves it out. The same package gives the same bytes: names
// are in order, times fixed, and of modes only the executable bit is kept.
func (p *Problem) Pack(w io.Writer) error {
	if err := p.Tree.Pack(w, p.outsideHeader()); err != nil {
		return fmt.Errorf("pack problem %s: %w", p.Name, err)
	}
	return nil
}

// outsideHeader is the testlib.h of the host that a program of the package was given; "" where none needs it.
func (p *Problem) outsideHeader() string {
	inside := p.Tree.Dir + string(filepath.Separator)
	for _, v := range p.Programs() {
		for _, f := range v.Files {
			if !strings.HasPrefix(f.Path, inside) {
				return f.Path
			}
		}
	}
	return ""
}

// Unpack writes an archive that Pack made into dir, an empty directory, to be given to reader.Load. The error is an
// *issue.InvalidError when the archive is at fault, else that of the file system.
func Unpack(archive, dir string) error {
	issues := new(issue.Findings)
	if err := tree.Unpack(archive, dir, false, issues); err != nil {
		return fmt.Errorf("unpack problem package: %w", err)
	}
	return issues.Err(archive)
}
