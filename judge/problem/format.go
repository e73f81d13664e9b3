package problem

import (
	"fmt"

	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// Format is a version of the problem package format, as problem_format_version names it.
type Format string

// The formats that are read. Drafts are mapped to the version that they became.
const (
	Legacy     Format = "legacy"
	LegacyICPC Format = "legacy-icpc"
	Draft2023  Format = "2023-07"
	F2025      Format = "2025-09"
	// Testlib is no format of its own: tests, a checker and gavel.yaml, which says what is what.
	Testlib Format = "testlib"
	// These are layouts of other systems. Their packages are read into what those of Testlib are.
	Polygon        Format = "polygon"
	CMS            Format = "cms"
	Sinol          Format = "sinol"
	LibraryChecker Format = "library-checker"
)

// IsLegacy says whether the rules of the two legacy formats hold.
func (f Format) IsLegacy() bool { return f == Legacy || f == LegacyICPC }

// ReadFormat reads problem_format_version.
func ReadFormat(m *yamlmap.Map) (Format, bool) {
	version, given := m.Text("problem_format_version")
	switch version {
	case "legacy":
		return Legacy, true
	case "legacy-icpc":
		return LegacyICPC, true
	case "2023-07", "2023-07-draft":
		return Draft2023, true
	case "2025-09", "2025-09-draft", "draft":
		return F2025, true
	}
	if !given && !m.Has("problem_format_version") {
		return Legacy, true
	}
	if given {
		m.Reject("problem_format_version", fmt.Sprintf("%q is not known", version),
			"use legacy, legacy-icpc, 2023-07 or 2025-09")
	}
	return Legacy, false
}
