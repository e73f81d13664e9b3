package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocumentLinks holds the links between the documents: files are there, and so are the headings.
func TestDocumentLinks(t *testing.T) {
	t.Parallel()
	documents := []string{"../README.md", "../testcases/README.md"}
	for _, pattern := range []string{"../configs/docs/*.md", "../.github/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		documents = append(documents, found...)
	}
	links := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, document := range documents {
		data, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range links.FindAllStringSubmatch(string(data), -1) {
			if !strings.Contains(found[1], "://") {
				checkLink(t, document, found[1])
			}
		}
	}
}

func checkLink(t *testing.T, document, link string) {
	t.Helper()
	file, heading, _ := strings.Cut(link, "#")
	path := document
	if file != "" {
		path = filepath.Join(filepath.Dir(document), file)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("%s links to %s: %v", document, link, err)
		return
	}
	if heading != "" && !slices.Contains(headings(t, path), heading) {
		t.Errorf("%s links to %s, which has no such heading", document, link)
	}
}

// headings are the anchors of a document's headings, as forges make them.
func headings(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var anchors []string
	for _, found := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(data), -1) {
		text := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(found[1]), "")
		anchors = append(anchors, strings.ReplaceAll(text, " ", "-"))
	}
	return anchors
}
