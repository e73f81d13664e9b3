package grade

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// matches reports whether a regular expression matches.
func matches(t *testing.T, pattern, text string) bool {
	t.Helper()
	ok, err := regexp.MatchString(pattern, text)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// joined reads a roster and joins entries with it. It returns "student|id|name|email|status" of each row.
func joined(t *testing.T, roster, match string, entries []Entry) (rows []string, note string, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "class.csv")
	if err := os.WriteFile(path, []byte(roster), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := ReadRoster(path)
	if err != nil {
		return nil, "", err
	}
	column, note, err := r.Match(match, entries)
	if err != nil {
		return nil, "", err
	}
	for _, e := range column.Join(entries) {
		status := ""
		if e.Trouble != nil {
			status = string(e.Trouble.Status)
		}
		if e.Unlisted {
			status += "unlisted"
		}
		rows = append(rows, strings.Join([]string{e.Student, e.ID, e.Name, e.Email, status}, "|"))
	}
	return rows, note, nil
}

func TestRoster(t *testing.T) {
	const commas = "Name,Matrikelnummer,E-Mail\nJosé Müller,17,jm@x.org\nAda Lovelace,18,al@x.org\n"
	windows, err := charmap.Windows1252.NewEncoder().String(strings.ReplaceAll(commas, ",", ";"))
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(commas, ",", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	jose := []Entry{{Student: "jose_muller", Origin: "c/jose_muller"}}
	want := []string{"jose_muller|17|José Müller|jm@x.org|", "Ada Lovelace|18|Ada Lovelace|al@x.org|missing"}
	for _, tt := range []struct {
		name, roster, match string
		entries             []Entry
		want                []string
		note, err           string
	}{
		{name: "UTF-8, commas", roster: commas, entries: jose, want: want},
		{name: "with a mark, line ends of Windows", roster: "\ufeff" + strings.ReplaceAll(commas, "\n", "\r\n"), entries: jose, want: want},
		{name: "Windows-1252, semicolons", roster: windows, entries: jose, want: want},
		{name: "UTF-16, tabs", roster: utf16, entries: jose, want: want},
		{name: "empty lines", roster: commas + ",,\n\n", entries: jose, want: want},
		{
			name: "first and last name, found by the number", roster: "First name,Last name,ID number\nAda,Lovelace,7\nBob,Bee,8\n",
			entries: []Entry{{Student: "7"}, {Student: "8"}}, want: []string{"7|7|Ada Lovelace||", "8|8|Bob Bee||"},
		},
		{
			name: "last name first, as Canvas has it", roster: "First name,Last name\nAda,Lovelace\n",
			entries: []Entry{{Student: "lovelaceada", ID: "5"}}, want: []string{"lovelaceada|5|Ada Lovelace||"},
		},
		{
			name: "grading worksheet of Moodle", roster: "Identifier,Full name,Email address,Grade\nParticipant 55,Ada Lovelace,a@x,\nParticipant 56,Ada Lovelace,b@x,\n",
			entries: []Entry{{Student: "Ada Lovelace (55)", Name: "Ada Lovelace", ID: "55"}, {Student: "Ada Lovelace (56)", Name: "Ada Lovelace", ID: "56"}},
			want:    []string{"Ada Lovelace (55)|Participant 55|Ada Lovelace|a@x|", "Ada Lovelace (56)|Participant 56|Ada Lovelace|b@x|"},
		},
		{
			name: "address without what follows the at sign", roster: "who,email\n1,ada@x.org\n2,bob@x.org\n",
			entries: []Entry{{Student: "ada"}, {Student: "bob"}}, want: []string{"ada|||ada@x.org|", "bob|||bob@x.org|"},
		},
		{
			name: "two students of one name", roster: "name,id\nAda,1\nAda,2\nBob,3\n", match: "name",
			entries: []Entry{{Student: "Ada"}, {Student: "Bob"}}, want: []string{"Ada||||ambiguous", "Bob|3|Bob||"},
		},
		{
			name: "two entries of one student", roster: "name,id\nAda,1\n",
			entries: []Entry{{Student: "ada (x/ada.py)", Name: "ada", Origin: "x/ada.py"}, {Student: "ada (x/ada)", Name: "ada", Origin: "x/ada"}},
			want:    []string{"ada (x/ada.py)|1|Ada||ambiguous", "ada (x/ada)|1|Ada||ambiguous"},
		},
		{
			name: "missing ones of one name", roster: "name,id\nAda,1\nEve,2\nEve,3\nEve,\n", entries: []Entry{{Student: "Ada"}},
			want: []string{"Ada|1|Ada||", "Eve|2|Eve||missing", "Eve (3)|3|Eve||missing", "Eve (2)||Eve||missing"},
		},
		{
			name: "not everybody", roster: "name\nAda\n", entries: []Entry{{Student: "Ada"}, {Student: "Mallory"}},
			want: []string{"Ada||Ada||", "Mallory||||unlisted"}, note: `column "name" of .* no line for 1 of 2 entries: Mallory`,
		},
		{name: "column that is not there", roster: commas, match: "login", entries: jose, err: `has no column "login"; it has "Name", "Matrikelnummer", "E-Mail"`},
		{name: "nobody", roster: "x,y\n1,2\n", entries: jose, err: `no column of .*class.csv has the student of any entry, such as "jose_muller"`},
		{name: "header alone", roster: "name\n", entries: jose, err: "no line behind its header"},
		{name: "no CSV", roster: "PK\x03\x04\x00\x00", entries: jose, err: "bytes that no text has"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows, note, err := joined(t, tt.roster, tt.match, tt.entries)
			if tt.err != "" {
				if err == nil || !matches(t, tt.err, err.Error()) {
					t.Errorf("error %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, rows); diff != "" {
				t.Error(diff)
			}
			if (note != "") != (tt.note != "") || !matches(t, tt.note, note) {
				t.Errorf("note %q, want %q", note, tt.note)
			}
		})
	}
}

// The names of a download tell who has handed in what.
func TestLayouts(t *testing.T) {
	for _, tt := range []struct {
		name, layout, detected string
		files                  []string
		want                   []string // "student|id|number of pieces|status"
	}{
		{
			"folders", byFolder, byFolder,
			[]string{"ada/a.py", "bob.zip", "eve.tar.gz", "kim.PY", ".hidden/x", "__MACOSX/y"},
			[]string{"ada||1|", "bob||1|", "eve||1|", "kim||1|"},
		},
		{"one name twice", byFolder, byFolder, []string{"ada/a.py", "ada.zip"}, []string{"ada (class/ada)||1|", "ada (class/ada.zip)||1|"}},
		{"files", byFile, byFolder, []string{"group1/ada.py", "group2/bob.c"}, []string{"ada||1|", "bob||1|"}},
		{
			"Moodle", byMoodle, byMoodle,
			[]string{
				"Ada Lovelace_55_assignsubmission_file_/a.py", "Ada Lovelace_56_assignsubmission_file_b.py", "Bob Bee_57_assignsubmission_file_a.py",
				"Bob Bee_57_assignsubmission_file_b.py", "Eve_58_assignsubmission_onlinetext_/onlinetext.html",
			},
			[]string{"Ada Lovelace (55)|55|1|", "Ada Lovelace (56)|56|1|", "Bob Bee|57|2|", "Eve|58|1|"},
		},
		{
			"Canvas", byCanvas, byCanvas,
			[]string{"lovelaceada_12_345_Main-1.java", "beebob_LATE_13_346_a.py", "beebob_LATE_13_347_b.py"},
			[]string{"beebob|13|2|", "lovelaceada|12|1|"},
		},
		{"Gradescope", byGradescope, byGradescope, []string{"submission_1/a.py", "submission_2/a.py", "submission_metadata.yml"}, []string{"Ada, Bob|5 6|1|", "submission_2|2|1|"}},
		{"regular expression", `^(?P<student>[a-z]+)-(?P<id>\d+)`, byFolder, []string{"ada-7.py", "bob-8/a.py", "x.py"}, []string{"ada|7|1|", "bob|8|1|", "x.py||0|refused"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "class")
			files := map[string]string{}
			for _, name := range tt.files {
				files[name] = "1"
			}
			if _, ok := files[metadataFile]; ok {
				files[metadataFile] = "submission_1:\n  :submitters:\n  - :name: Ada\n    :sid: '5'\n    :email: a@x\n  - :name: Bob\n    :sid: '6'\n  :score: 3.0\n"
			}
			write(t, dir, []handedIn{{files: files}})
			var got []string
			for _, e := range entriesOf(t, tt.layout, dir) {
				status := ""
				if e.Trouble != nil {
					status = string(e.Trouble.Status)
				}
				got = append(got, strings.Join([]string{strings.ReplaceAll(e.Student, filepath.Dir(dir)+"/", ""), e.ID, string(rune('0' + len(e.pieces))), status}, "|"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			root, err := OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			if found, err := Detect([]Root{root}); err != nil || found.String() != tt.detected {
				t.Errorf("Detect() = %v, %v, want %s", found, err, tt.detected)
			}
		})
	}
	for text, want := range map[string]string{"(": "regular expression", "week1": "has no group (?P<student>...)"} {
		if _, err := ParseLayout(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseLayout(%q): %v, want %q", text, err, want)
		}
	}
}

// A zip of the class is read as its files would be, with the directory around it taken off.
func TestZipOfClass(t *testing.T) {
	dir := t.TempDir()
	inner := zipOf(t, map[string]string{"a.py": "1"})
	data := zipOf(t, map[string]string{"week1/ada/a.py": "1", "week1/bob.zip": inner, "week1/eve/x.zip": encrypted(inner), "__MACOSX/x": "1"})
	path := filepath.Join(dir, "class.zip")
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	book, err := Run(t.Context(), configOf(t, load(t, "sum")), entriesOf(t, byFolder, path))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range book.Students {
		got = append(got, s.Student+" "+string(s.Status))
	}
	if diff := cmp.Diff([]string{"ada graded", "bob graded", "eve broken archive"}, got); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{"class.rar": "neither a directory nor a .zip", "broken.zip": "not a valid zip file"} {
		other := filepath.Join(dir, name)
		if err := os.WriteFile(other, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenRoot(other); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("OpenRoot(%s): %v, want %q", name, err, want)
		}
	}
}

// Each bar counts the scores from its own to that of the next.
func TestHistogram(t *testing.T) {
	most := 100.0
	b := Book{Max: &most}
	for _, score := range []float64{-3, 0, 9.9, 10, 30, 99, 100, 100, 120} {
		b.Students = append(b.Students, Student{Status: Graded, Score: &score})
	}
	var counts []int
	for _, bar := range b.Histogram() {
		counts = append(counts, bar.Count)
	}
	if want := []int{3, 1, 0, 1, 0, 0, 0, 0, 0, 1, 3}; !slices.Equal(counts, want) {
		t.Errorf("counts %v, want %v", counts, want)
	}
	if mean, median, ok := b.Statistics(); mean != 51.767 || median != 30 || !ok {
		t.Errorf("mean %v, median %v", mean, median)
	}
}
