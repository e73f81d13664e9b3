package grade

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
)

// maxRoster bounds what is read of a roster, so that a wrong path does not fill the memory.
const maxRoster = 16 << 20

// Roster is the list of a class, as a course system or a spreadsheet exports it.
type Roster struct {
	path    string
	columns []column
	rows    int
}

// column is one column of a roster, or two of them taken together.
type column struct {
	title    string
	values   []string
	combined bool
}

// ReadRoster reads a CSV with a header: separated by commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. Errors are
// the asker's.
func ReadRoster(path string) (*Roster, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRoster+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxRoster:
		return nil, fmt.Errorf("%s is larger than %d MiB; is it a roster?", path, maxRoster>>20)
	}
	text, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	records, err := readCSV(text)
	if err != nil {
		return nil, fmt.Errorf("%s is not a CSV: %w", path, err)
	}
	return newRoster(path, records)
}

// decode makes UTF-8 of a text.
func decode(data []byte) ([]byte, error) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return utf.UTF16(utf.LittleEndian, utf.ExpectBOM).NewDecoder().Bytes(data)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case bytes.IndexByte(data, 0) >= 0:
		return nil, errors.New("holds bytes that no text has; save it as CSV in UTF-8")
	case utf8.Valid(data):
		return data, nil
	}
	var windows encoding.Encoding = charmap.Windows1252 // what spreadsheets in western Europe write
	return windows.NewDecoder().Bytes(data)
}

// readCSV reads records with the separator that the header has most of.
func readCSV(text []byte) ([][]string, error) {
	header, _, _ := bytes.Cut(bytes.TrimLeft(text, "\r\n"), []byte("\n"))
	r := csv.NewReader(bytes.NewReader(text))
	most := 0
	for _, separator := range []rune{',', ';', '\t'} {
		if n := bytes.Count(header, []byte(string(separator))); n > most {
			r.Comma, most = separator, n
		}
	}
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	return r.ReadAll()
}

func newRoster(path string, records [][]string) (*Roster, error) {
	if len(records) < 2 {
		return nil, fmt.Errorf("%s has no line behind its header, which names the columns", path)
	}
	r := &Roster{path: path}
	for i, title := range records[0] {
		c := column{title: strings.TrimSpace(title)}
		for _, record := range records[1:] {
			value := ""
			if i < len(record) {
				value = strings.TrimSpace(record[i])
			}
			c.values = append(c.values, value)
		}
		r.columns = append(r.columns, c)
	}
	r.dropEmpty(len(records) - 1)
	if r.rows == 0 {
		return nil, fmt.Errorf("%s has only empty lines behind its header", path)
	}
	r.combineNames()
	return r, nil
}

// combineNames adds columns of whole names, in either order, where first and last names stand in columns of their own.
func (r *Roster) combineNames() {
	first, last := r.find(firstNameTitles), r.find(lastNameTitles)
	if first == nil || last == nil {
		return
	}
	var both []column
	for _, pair := range [][2]*column{{first, last}, {last, first}} {
		c := column{title: pair[0].title + " " + pair[1].title, combined: true}
		for i := range r.rows {
			c.values = append(c.values, strings.TrimSpace(pair[0].values[i]+" "+pair[1].values[i]))
		}
		both = append(both, c)
	}
	r.columns = append(r.columns, both...)
}

// dropEmpty leaves out lines without a value.
func (r *Roster) dropEmpty(rows int) {
	var kept []int
	for i := range rows {
		if slices.ContainsFunc(r.columns, func(c column) bool { return c.values[i] != "" }) {
			kept = append(kept, i)
		}
	}
	r.rows = len(kept)
	for n := range r.columns {
		values := make([]string, len(kept))
		for to, from := range kept {
			values[to] = r.columns[n].values[from]
		}
		r.columns[n].values = values
	}
}

// Titles of columns, as keys, in the exports of course systems and in languages that spreadsheets of courses have.
var (
	nameTitles      = []string{"fullname", "name", "student", "studentname", "vollstandigername", "nomcomplet", "nombrecompleto"}
	firstNameTitles = []string{"firstname", "givenname", "vorname", "prenom", "nombre"}
	lastNameTitles  = []string{"lastname", "surname", "familyname", "nachname", "nom", "apellidos"}
	emailTitles     = []string{"email", "emailaddress", "mail", "emailadresse", "sisloginid", "login"}
	idTitles        = []string{
		"id", "identifier", "sid", "studentid", "idnumber", "sisuserid", "matriculationnumber", "matrikelnummer", "username", "login",
	}
)

// find is the first column that has one of the titles; nil for none.
func (r *Roster) find(titles []string) *column {
	for _, title := range titles {
		for i := range r.columns {
			if key(r.columns[i].title) == title && !r.columns[i].combined {
				return &r.columns[i]
			}
		}
	}
	return nil
}

// key is what of a text counts when names are compared: its letters and digits, without accents and case.
func key(text string) string {
	var b strings.Builder
	for _, c := range norm.NFKD.String(text) {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			b.WriteRune(unicode.ToLower(c))
		}
	}
	return b.String()
}

// values are the keys by which a line of a column can be found: the value, without words such as Participant of Moodle, and
// of an address what stands in front of the at sign.
func (c column) keys(line int) []string {
	value := c.values[line]
	if value == "" {
		return nil
	}
	all := []string{key(value)}
	if local, _, found := strings.Cut(value, "@"); found {
		all = append(all, key(local))
	}
	if _, number, found := strings.Cut(value, " "); found && key(c.title) == "identifier" {
		all = append(all, key(number))
	}
	return all
}

// lines are those of the roster that an entry could be, by a column.
func (c column) lines(e Entry) []int {
	wanted := map[string]bool{key(e.Student): true, key(e.called()): true, key(e.ID): true, key(e.Email): true}
	delete(wanted, "")
	var found []int
	for line := range c.values {
		if slices.ContainsFunc(c.keys(line), func(k string) bool { return wanted[k] }) {
			found = append(found, line)
		}
	}
	return found
}

// called is the student as what was handed in says it, without what distinguishes those of one name.
func (e Entry) called() string {
	if e.Name != "" {
		return e.Name
	}
	return e.Student
}

// Match finds the column by which entries are found in the roster: the one called title, or with "" the first that has a line
// for each entry, else the one that has the most. The note says of which entries there is no line; "" where all have one.
func (r *Roster) Match(title string, entries []Entry) (c Column, note string, err error) {
	best := -1
	for i, candidate := range r.columns {
		if title != "" && key(candidate.title) != key(title) {
			continue
		}
		found := Column{candidate, r}
		if best < 0 || found.fits(entries) > c.fits(entries) {
			c, best = found, i
		}
	}
	switch {
	case best < 0:
		return c, "", fmt.Errorf("%s has no column %q; it has %s", r.path, title, r.titles())
	case len(entries) > 0 && c.fits(entries) == 0 && title == "":
		return c, "", fmt.Errorf("no column of %s has the student of any entry, such as %q; it has %s: --match COLUMN names the one, --by "+
			"says what of the entries' names is the student", r.path, entries[0].Student, r.titles())
	}
	var unknown []string
	for _, e := range entries {
		if len(c.lines(e)) == 0 {
			unknown = append(unknown, e.Student)
		}
	}
	if len(unknown) > 0 {
		note = fmt.Sprintf("column %q of %s has no line for %d of %d entries: %s", c.title, r.path, len(unknown), len(entries), few(unknown))
	}
	return c, note, nil
}

func (r *Roster) titles() string {
	var all []string
	for _, c := range r.columns {
		if !c.combined {
			all = append(all, fmt.Sprintf("%q", c.title))
		}
	}
	return few(all)
}

// Column is the column of a roster by which entries are found.
type Column struct {
	column
	roster *Roster
}

// fits counts the entries of which the column has exactly one line.
func (c Column) fits(entries []Entry) int {
	n := 0
	for _, e := range entries {
		if len(c.lines(e)) == 1 {
			n++
		}
	}
	return n
}

// Join adds to entries what the roster knows, and an entry for everybody who has handed in nothing.
func (c Column) Join(entries []Entry) []Entry {
	joined := slices.Clone(entries)
	of := map[int][]int{} // entries by lines
	for i, e := range joined {
		lines := c.lines(e)
		joined[i].Unlisted = len(lines) == 0
		if len(lines) > 1 {
			joined[i].doubt(fmt.Sprintf("column %q of the roster has %d lines for it; --match COLUMN names one where they differ", c.title, len(lines)))
		}
		for _, line := range lines {
			of[line] = append(of[line], i)
		}
	}
	for line := range c.roster.rows {
		switch mine := of[line]; {
		case len(mine) == 0:
			joined = append(joined, c.missing(line))
		case len(mine) == 1 && len(c.lines(joined[mine[0]])) == 1:
			c.roster.fill(&joined[mine[0]], line)
		case len(mine) > 1:
			for _, i := range mine {
				joined[i].doubt(fmt.Sprintf("%d entries are of %q in the roster: %s; leave one", len(mine), c.values[line], origins(joined, mine)))
				c.roster.fill(&joined[i], line)
			}
		}
	}
	distinguishMissing(joined, len(entries))
	return joined
}

// doubt says that nobody can know whose an entry is, unless something else is wrong with it.
func (e *Entry) doubt(why string) {
	if e.Trouble == nil {
		e.Trouble = &Trouble{Ambiguous, why}
	}
}

func origins(entries []Entry, which []int) string {
	var all []string
	for _, i := range which {
		all = append(all, entries[i].Origin)
	}
	return few(all)
}

// fill takes over what a line says.
func (r *Roster) fill(e *Entry, line int) {
	if c := r.find(nameTitles); c != nil && c.values[line] != "" {
		e.Name = c.values[line]
	} else if first, last := r.find(firstNameTitles), r.find(lastNameTitles); first != nil && last != nil {
		e.Name = strings.TrimSpace(first.values[line] + " " + last.values[line])
	}
	if c := r.find(emailTitles); c != nil && c.values[line] != "" {
		e.Email = c.values[line]
	}
	if c := r.find(idTitles); c != nil && c.values[line] != "" {
		e.ID = c.values[line]
	}
}

// missing is the entry of a student who has handed in nothing.
func (c Column) missing(line int) Entry {
	e := Entry{Trouble: &Trouble{Missing, "nothing was handed in"}}
	c.roster.fill(&e, line)
	for _, name := range []string{c.values[line], e.Name, e.ID, e.Email, fmt.Sprintf("line %d of the roster", line+2)} {
		if e.Student == "" {
			e.Student = name
		}
	}
	return e
}

// distinguishMissing gives the entries from start on names that no other has.
func distinguishMissing(entries []Entry, start int) {
	taken := map[string]bool{}
	for i := range entries {
		e := &entries[i]
		if i >= start && taken[e.Student] && e.ID != "" {
			e.Student = fmt.Sprintf("%s (%s)", e.Student, e.ID)
		}
		for n, plain := 2, e.Student; taken[e.Student]; n++ {
			e.Student = fmt.Sprintf("%s (%d)", plain, n)
		}
		taken[e.Student] = true
	}
}

// few lists names for people.
func few(names []string) string {
	const most = 6
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
