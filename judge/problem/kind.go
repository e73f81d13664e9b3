package problem

import (
	"fmt"
	"slices"
	"strings"
)

// readKind reads type in 2025-09 and its drafts: one kind, or a list of kinds that go together.
func readKind(m *mapping) Kind {
	words, ok := m.textOrSequence("type")
	if !ok {
		return Kind{}
	}
	if len(words) == 0 {
		m.reject("type", "is an empty list", "use pass-fail")
	}
	var k Kind
	seen := make(map[string]bool)
	for _, word := range words {
		if seen[word] {
			m.warn("type", fmt.Sprintf("has %q twice", word), "remove one")
		}
		seen[word] = true
		addKind(&k, m, word)
	}
	if k.Scoring && slices.Contains(words, "pass-fail") {
		m.reject("type", "cannot be both pass-fail and scoring", "choose one")
	}
	for _, other := range []string{"interactive", "multi-pass"} {
		if k.SubmitAnswer && slices.Contains(words, other) {
			m.reject("type", "cannot be both submit-answer and "+other, "choose one: a submission of answers is not run")
		}
	}
	return k
}

// addKind notes one word of type.
func addKind(k *Kind, m *mapping, word string) {
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
		m.reject("type", fmt.Sprintf("%q is not known", word),
			"use pass-fail or scoring, and with it multi-pass, interactive or submit-answer")
	}
}

// readLegacyKind reads type in the legacy formats. The format legacy-icpc knows pass-fail problems only.
func readLegacyKind(m *mapping, format Format) Kind {
	word, ok := m.text("type")
	switch {
	case !ok, word == "pass-fail":
	case word != "scoring":
		m.reject("type", fmt.Sprintf("%q is not known", word), "use pass-fail or scoring")
	case format == LegacyICPC:
		m.reject("type", "cannot be scoring in format legacy-icpc", "use format legacy")
	default:
		return Kind{Scoring: true}
	}
	return Kind{}
}

// readValidation reads "default", or "custom" with what may follow it, into meta. With score, the validator gives
// scores; a package that says nothing of its type is a scoring problem then.
func readValidation(m *mapping, meta *metadata) {
	words := m.words("validation")
	if len(words) == 0 || slices.Equal(words, []string{"default"}) {
		return
	}
	if !slices.Contains(words, "custom") || slices.Contains(words, "default") {
		m.reject("validation", fmt.Sprintf("%q is not known", strings.Join(words, " ")), "use default or custom")
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
			m.reject("validation", fmt.Sprintf("has the unknown word %q", word),
				"after custom, only score, interactive and multi-pass are known")
		}
	}
	if meta.scores {
		scoreGiven(m, "validation", "has the word score", meta)
	}
}

// scoreGiven settles what it means for the type of a problem that its validator gives scores, as key says.
func scoreGiven(m *mapping, key, what string, meta *metadata) {
	switch {
	case meta.format == LegacyICPC:
		m.reject(key, what+", which format legacy-icpc does not know", "use format legacy, with \"type: scoring\"")
	case m.has("type") && !meta.kind.Scoring:
		m.reject(key, what+", but the problem's type is not scoring", "write \"type: scoring\", or remove it")
	case !meta.kind.Scoring:
		meta.kind.Scoring = true
		m.warn(key, what+", so that this is taken for a scoring problem", "write \"type: scoring\"")
	}
}
