package reader

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// readKind reads type in 2025-09 and its drafts: one kind, or a list of kinds that go together.
func readKind(m *yamlmap.Map) problem.Kind {
	words, ok := m.TextOrSequence("type")
	if !ok {
		return problem.Kind{}
	}
	if len(words) == 0 {
		m.Reject("type", "is an empty list", "use pass-fail")
	}
	var k problem.Kind
	seen := make(map[string]bool)
	for _, word := range words {
		if seen[word] {
			m.Warn("type", fmt.Sprintf("has %q twice", word), "remove one")
		}
		seen[word] = true
		addKind(&k, m, word)
	}
	if k.Scoring && slices.Contains(words, "pass-fail") {
		m.Reject("type", "cannot be both pass-fail and scoring", "choose one")
	}
	for _, other := range []string{"interactive", "multi-pass"} {
		if k.SubmitAnswer && slices.Contains(words, other) {
			m.Reject("type", "cannot be both submit-answer and "+other, "choose one: a submission of answers is not run")
		}
	}
	return k
}

// addKind notes one word of type.
func addKind(k *problem.Kind, m *yamlmap.Map, word string) {
	switch word {
	case "pass-fail":
	case "scoring":
		k.Scoring = true
	case "interactive":
		k.Interactive = true
	case "multi-pass":
		k.MultiPass = true
	case "submit-answer":
		k.SubmitAnswer = true
	default:
		m.Reject("type", fmt.Sprintf("%q is not known", word),
			"use pass-fail or scoring, and with it multi-pass, interactive or submit-answer")
	}
}

// readLegacyKind reads type in the legacy formats. The format legacy-icpc knows pass-fail problems only.
func readLegacyKind(m *yamlmap.Map, format problem.Format) problem.Kind {
	word, ok := m.Text("type")
	switch {
	case !ok, word == "pass-fail":
	case word != "scoring":
		m.Reject("type", fmt.Sprintf("%q is not known", word), "use pass-fail or scoring")
	case format == problem.LegacyICPC:
		m.Reject("type", "cannot be scoring in format legacy-icpc", "use format legacy")
	default:
		return problem.Kind{Scoring: true}
	}
	return problem.Kind{}
}

// readValidation reads "default", or "custom" with what may follow it, into meta. With score, the validator gives
// scores; a package that says nothing of its type is a scoring problem then.
func readValidation(m *yamlmap.Map, meta *metadata) {
	words := m.Words("validation")
	if len(words) == 0 || slices.Equal(words, []string{"default"}) {
		return
	}
	if !slices.Contains(words, "custom") || slices.Contains(words, "default") {
		m.Reject("validation", fmt.Sprintf("%q is not known", strings.Join(words, " ")), "use default or custom")
		return
	}
	meta.custom = true
	for _, word := range words {
		switch word {
		case "custom":
		case "score":
			meta.scores = true
		case "interactive":
			meta.kind.Interactive = true
		case "multi-pass":
			meta.kind.MultiPass = true
		default:
			m.Reject("validation", fmt.Sprintf("has the unknown word %q", word),
				"after custom, only score, interactive and multi-pass are known")
		}
	}
	if meta.scores {
		scoreGiven(m, "validation", "has the word score", meta)
	}
}

// scoreGiven settles what it means for the type of a problem that its validator gives scores, as key says.
func scoreGiven(m *yamlmap.Map, key, what string, meta *metadata) {
	switch {
	case meta.format == problem.LegacyICPC:
		m.Reject(key, what+", which format legacy-icpc does not know", "use format legacy, with \"type: scoring\"")
	case m.Has("type") && !meta.kind.Scoring:
		m.Reject(key, what+", but the problem's type is not scoring", "write \"type: scoring\", or remove it")
	case !meta.kind.Scoring:
		meta.kind.Scoring = true
		m.Warn(key, what+", so that this is taken for a scoring problem", "write \"type: scoring\"")
	}
}
