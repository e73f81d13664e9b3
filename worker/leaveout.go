package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/terminal"
)

// leaveOut removes the submissions in the languages of --leave-out, and tells how many, and what brings them.
func (c submitCmd) leaveOut(out *terminal.Output, all []candidate) ([]candidate, error) {
	if len(c.LeaveOut) == 0 {
		return all, nil
	}
	table, err := language.Load("")
	if err != nil {
		return nil, err
	}
	unwanted := map[*language.Language]bool{}
	for _, name := range c.LeaveOut {
		l, err := table.Find(name, nil)
		if err != nil {
			return nil, exit.Usage(fmt.Errorf("--leave-out: %w", err))
		}
		unwanted[l] = true
	}
	left := map[*language.Language]int{}
	all = slices.DeleteFunc(all, func(one candidate) bool {
		l, err := table.Find(one.Language, sandboxFiles(one.Files))
		if err != nil || !unwanted[l] { // a worker may know more languages, and says otherwise what is wrong
			return false
		}
		left[l]++
		return true
	})
	if len(left) > 0 {
		out.Notef("left out: %s", leftList(table, left))
	}
	return all, nil
}

func sandboxFiles(files []api.SourceFile) []sandbox.File {
	all := make([]sandbox.File, len(files))
	for i, f := range files {
		all[i] = sandbox.File{Path: f.Name, Data: f.Content}
	}
	return all
}

// leftList is such as "2 in kotlin, 1 in pypy3; their toolchains come with: apt-get install kotlin pypy3".
func leftList(table *language.Table, left map[*language.Language]int) string {
	var counts, packages []string
	for _, l := range table.Languages {
		if left[l] == 0 {
			continue
		}
		counts = append(counts, fmt.Sprintf("%d in %s", left[l], l.ID))
		if l.Package != "" && !slices.Contains(packages, l.Package) {
			packages = append(packages, l.Package)
		}
	}
	text := strings.Join(counts, ", ")
	if len(packages) > 0 {
		text += "; their toolchains come with: apt-get install " + strings.Join(packages, " ")
	}
	return text
}
