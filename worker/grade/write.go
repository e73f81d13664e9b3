package grade

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/gaveloj/gavel/worker/wholefile"
)

// Files in the directory of a graded class.
const (
	bookFile     = "grades.json"
	tableFile    = "grades.csv"
	pageFile     = "report.html"
	feedbackDir  = "feedback"
	resultsDir   = "results"
	maxBookBytes = 1 << 30 // read of an earlier book
)

// Writing says what is written of a book.
type Writing struct {
	Header   Header
	Excel    bool // begin grades.csv with a mark, for spreadsheets
	Audience Audience
	Results  Results // "" for none
	Earlier  *Book   // whose files for students go, where a student is gone; may be nil
}

// ReadBook reads the book of an earlier run; nil where there is none.
func ReadBook(dir string) (*Book, error) {
	path := filepath.Join(dir, bookFile)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b Book
	if err := json.NewDecoder(io.LimitReader(f, maxBookBytes)).Decode(&b); err != nil {
		return nil, fmt.Errorf("%s is not what gavel grade writes: %w; --force grades all again and replaces it", path, err)
	}
	if b.Version != 1 {
		return nil, fmt.Errorf("%s has version %d, and this gavel knows 1; --force grades all again and replaces it", path, b.Version)
	}
	return &b, nil
}

// Save writes grades.json alone: what a later run goes on from.
func (b *Book) Save(dir string) error {
	return wholefile.Write(filepath.Join(dir, bookFile), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		return encoder.Encode(b)
	})
}

// Write writes everything into dir, which is there. Each file is whole, whatever happens.
func (b *Book) Write(dir string, how Writing) error {
	b.nameFiles()
	if err := b.Save(dir); err != nil {
		return err
	}
	err := wholefile.Write(filepath.Join(dir, tableFile), func(w io.Writer) error { return writeCSV(w, b, how.Header, how.Excel) })
	if err != nil {
		return err
	}
	if err := b.writeFeedback(dir, how); err != nil {
		return err
	}
	if err := b.writeResults(dir, how.Results); err != nil {
		return err
	}
	if err := b.removeFormer(dir, how.Earlier); err != nil {
		return err
	}
	return wholefile.Write(filepath.Join(dir, pageFile), func(w io.Writer) error { return writePage(w, b) })
}

// nameFiles chooses the names of files for students, which no two share, also where letters of either case are alike.
func (b *Book) nameFiles() {
	taken := map[string]bool{}
	for i := range b.Students {
		s := &b.Students[i]
		plain := fileName(s.Student)
		name := plain
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s-%d", plain, n)
		}
		taken[strings.ToLower(name)] = true
		s.File = feedbackDir + "/" + name + ".md"
	}
}

// fileName makes a name harmless to file systems and shells: letters and digits of all scripts and a few signs stay.
func fileName(student string) string {
	name := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c) || strings.ContainsRune("._-()@+", c) {
			return c
		}
		return '_'
	}, student)
	const most = 180 // bytes; file systems have 255 for all
	for len(name) > most {
		runes := []rune(name)
		name = string(runes[:len(runes)-1])
	}
	if name == "" || strings.ContainsRune(".-", rune(name[0])) {
		name = "_" + name
	}
	return name
}

func (b *Book) writeFeedback(dir string, how Writing) error {
	if err := os.MkdirAll(filepath.Join(dir, feedbackDir), 0o755); err != nil {
		return err
	}
	for i := range b.Students {
		s := &b.Students[i]
		err := wholefile.Write(filepath.Join(dir, s.File), func(w io.Writer) error { return writeFeedback(w, b, s, how.Audience) })
		if err != nil {
			return err
		}
	}
	return nil
}

// removeFormer removes what an earlier run has written for students who are gone, or called otherwise now.
func (b *Book) removeFormer(dir string, earlier *Book) error {
	if earlier == nil {
		return nil
	}
	current := map[string]bool{}
	for i := range b.Students {
		current[b.Students[i].File] = true
	}
	for _, s := range earlier.Students {
		ours := filepath.IsLocal(s.File) && filepath.Dir(s.File) == feedbackDir && strings.HasSuffix(s.File, ".md")
		if !ours || current[s.File] {
			continue
		}
		for _, name := range []string{s.File, resultFile(s.File)} {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// resultFile is the file of results beside a feedback file.
func resultFile(feedback string) string {
	return resultsDir + "/" + strings.TrimSuffix(filepath.Base(feedback), ".md") + ".json"
}

func (b *Book) writeResults(dir string, system Results) error {
	if system == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(dir, resultsDir), 0o755); err != nil {
		return err
	}
	for i := range b.Students {
		s := &b.Students[i]
		err := wholefile.Write(filepath.Join(dir, resultFile(s.File)), func(w io.Writer) error { return writeResult(w, b, s, system) })
		if err != nil {
			return err
		}
	}
	return nil
}
