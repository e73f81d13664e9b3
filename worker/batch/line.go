package batch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/sources"
	"github.com/gaveloj/gavel/worker/terminal"
)

// line is a line of a batch: one program on some inputs. Schema: configs/schemas/batch.json.
type line struct {
	ID         string            `json:"id"` // the number of the line where it is ""
	Files      []string          `json:"files"`
	Language   string            `json:"language"`
	EntryPoint string            `json:"entry_point"`
	Inputs     []lineText        `json:"inputs"` // one empty input where there is none
	Args       []string          `json:"args"`
	Env        map[string]string `json:"env"`
	Limits     lineLimits        `json:"limits"`
	Expect     lineExpect        `json:"expect"`
	Keep       []string          `json:"keep"`

	number int   // from 1
	err    error // why it cannot be run
}

// lineText is a text in a line or in a file: the name of a file, or {"file": ...}, {"text": ...} or {"content": ...}.
type lineText struct {
	Name    string  `json:"name"`
	File    string  `json:"file"`
	Text    *string `json:"text"`
	Content []byte  `json:"content"`
	Compare string  `json:"compare"` // of what is expected
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *lineText) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &t.File)
	}
	type plain lineText
	if err := decodeStrictly(data, (*plain)(t)); err != nil {
		return err
	}
	if given := btoi(t.File != "") + btoi(t.Text != nil) + btoi(t.Content != nil); given != 1 {
		return errors.New("want the name of a file, or one of file, text and content")
	}
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// read returns the text. Paths are taken from dir on.
func (t lineText) read(dir string) ([]byte, error) {
	switch {
	case t.Text != nil:
		return []byte(*t.Text), nil
	case t.Content != nil:
		return t.Content, nil
	}
	return readBatchFile(inHostDirectory(dir, t.File))
}

// readBatchFile reads an input or an expected output. It is opened without waiting, so that a FIFO cannot hold the batch up.
func readBatchFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > api.MaxRunInputBytes:
		return nil, fmt.Errorf("%s is larger than %s", path, terminal.Mebibytes(api.MaxRunInputBytes))
	}
	return io.ReadAll(io.LimitReader(f, api.MaxRunInputBytes))
}

func inHostDirectory(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// lineExpect is what is expected of the outputs: the same of all, or a list with one for each input, null for none.
type lineExpect []*lineText

// UnmarshalJSON implements json.Unmarshaler.
func (e *lineExpect) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("[")) {
		return json.Unmarshal(data, (*[]*lineText)(e))
	}
	var one *lineText
	if err := json.Unmarshal(data, &one); err != nil || one == nil {
		return err
	}
	*e = lineExpect{one}
	return nil
}

// lineLimits are limits as flags have them: texts with units. Plain numbers are seconds and bytes.
type lineLimits struct {
	CPU    flexible[settings.Span]     `json:"cpu"`
	Wall   flexible[settings.Span]     `json:"wall"`
	Memory flexible[settings.ByteSize] `json:"memory"`
	Output flexible[settings.ByteSize] `json:"output"`
}

// flexible is a value of a flag in JSON: a text, or a number.
type flexible[T any] struct{ value T }

// UnmarshalJSON implements json.Unmarshaler.
func (f *flexible[T]) UnmarshalJSON(data []byte) error {
	text := string(data)
	if bytes.HasPrefix(data, []byte(`"`)) {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	}
	return any(&f.value).(interface{ UnmarshalText([]byte) error }).UnmarshalText([]byte(text))
}

// decodeStrictly refuses fields that nobody knows: they are misspelt ones.
func decodeStrictly(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind the object")
	}
	return nil
}

// parseLine reads a line. What is wrong with it is in the line itself, since the batch goes on.
func parseLine(number int, text []byte) (line line) {
	line.number = number
	var err error
	switch {
	case !utf8.Valid(text):
		err = errors.New("it is not UTF-8 text: send such inputs in content, as base64")
	default:
		err = decodeStrictly(text, &line)
	}
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		err = fmt.Errorf("field %s: got JSON %s", kind.Field, kind.Value)
	case err != nil:
		err = errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if err != nil {
		line.err = fmt.Errorf("no line of a batch (configs/schemas/batch.json): %w", err)
		return line
	}
	if line.ID == "" {
		line.ID = fmt.Sprint(number)
	}
	line.err = line.check()
	return line
}

// maxBatchID bounds an ID, in bytes.
const maxBatchID = 256

func (l *line) check() error {
	switch {
	case len(l.ID) > maxBatchID:
		id := l.ID
		l.ID = ""
		return fmt.Errorf("field id: %d bytes, want at most %d", len(id), maxBatchID)
	case len(l.Files) == 0:
		return errors.New("field files is missing or empty: want the names of the source files")
	case len(l.Inputs) > api.MaxRunInputs:
		return fmt.Errorf("field inputs: got %d, want at most %d: write several lines, which are compiled once all the same", len(l.Inputs), api.MaxRunInputs)
	case len(l.Expect) > 1 && len(l.Expect) != max(len(l.Inputs), 1):
		return fmt.Errorf("field expect: got %d for %d inputs: want one for all, or a list with one for each", len(l.Expect), len(l.Inputs))
	}
	for i, in := range l.Inputs {
		if in.Compare != "" {
			return fmt.Errorf("field inputs[%d]: compare goes with expect", i)
		}
	}
	for _, e := range l.Expect {
		if e != nil && e.Name != "" {
			return errors.New("field expect: only inputs have a name")
		}
	}
	return nil
}

// request reads the files of a line, and makes a request of it.
func (l *line) request(dir string, table *language.Table, defaults api.RunRequest) (r api.RunRequest, err error) {
	if l.err != nil {
		return r, l.refuse(l.err)
	}
	r = defaults
	r.Language, r.EntryPoint, r.Args, r.Env, r.Collect = l.Language, l.EntryPoint, l.Args, l.Env, l.Keep
	l.Limits.apply(&r.Limits)
	paths := make([]string, len(l.Files))
	for i, name := range l.Files {
		paths[i] = inHostDirectory(dir, name)
	}
	if r.Files, err = sources.Read(table, paths); err != nil {
		return r, l.refuse(err)
	}
	if r.Inputs, err = l.readInputs(dir); err != nil {
		return r, l.refuse(err)
	}
	for _, e := range l.Expect {
		if e == nil || e.Compare == "" {
			continue
		}
		if r.Compare != "" && r.Compare != e.Compare {
			return r, l.refuse(errors.New("field expect: one compare for all inputs of a line"))
		}
		r.Compare = e.Compare
	}
	return r, api.ValidateRun(r)
}

func (*line) refuse(err error) error { return api.Refuse("", err) }

// apply sets the limits that a line has. With a CPU limit alone, the wall limit follows from it.
func (b lineLimits) apply(to *api.RunLimits) {
	if cpu := b.CPU.value.Duration(); cpu != 0 {
		to.CPUUsec, to.WallUsec = cpu.Microseconds(), 0
	}
	if wall := b.Wall.value.Duration(); wall != 0 {
		to.WallUsec = wall.Microseconds()
	}
	if b.Memory.value != 0 {
		to.Memory = int64(b.Memory.value)
	}
	if b.Output.value != 0 {
		to.Output = int64(b.Output.value)
	}
}

func (l *line) readInputs(dir string) ([]api.RunInput, error) {
	inputs := make([]api.RunInput, max(len(l.Inputs), 1))
	for i, in := range l.Inputs {
		data, err := in.read(dir)
		if err != nil {
			return nil, fmt.Errorf("field inputs[%d]: %w", i, err)
		}
		inputs[i] = api.RunInput{Name: in.Name, Content: data}
		if in.Name == "" && in.File != "" {
			inputs[i].Name = filepath.Base(in.File)
		}
	}
	for i := range inputs {
		if len(l.Expect) == 0 {
			continue
		}
		expect := l.Expect[min(i, len(l.Expect)-1)]
		if expect == nil {
			continue
		}
		data, err := expect.read(dir)
		if err != nil {
			return nil, fmt.Errorf("field expect: %w", err)
		}
		inputs[i].Expect = &api.RunExpected{Content: data}
	}
	return inputs, nil
}

// source reads the lines of a batch.
type source struct {
	from    io.ReadCloser
	dir     string // of paths in the lines
	reader  *bufio.Reader
	number  int
	seen    map[string]int // line by ID
	total   int            // lines; 0 where it is not known
	skipped int            // owned by the reading goroutine
}

// maxLine bounds a line, in bytes: its inputs may be texts.
const maxLine = 32 << 20

func newSource(from io.ReadCloser, dir string) *source {
	return &source{from: from, dir: dir, reader: bufio.NewReaderSize(from, 64<<10), seen: map[string]int{}}
}

func (s *source) close() { _ = s.from.Close() } // read side

// countLines counts them where the file can be read twice.
func (s *source) countLines(f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		if err == nil && info.IsDir() {
			err = fmt.Errorf("%s is a directory; name the file with the lines", f.Name())
		}
		return err
	}
	counter := bufio.NewScanner(f)
	counter.Buffer(nil, maxLine)
	for counter.Scan() {
		if len(bytes.TrimSpace(counter.Bytes())) > 0 {
			s.total++
		}
	}
	if counter.Err() != nil {
		s.total = 0 // it will be told with the line
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// next returns the next line; one that cannot be run has an error. Its own error is io.EOF at the end, or that of the file.
func (s *source) next(ctx context.Context) (line, error) {
	for {
		if ctx.Err() != nil {
			return line{}, context.Cause(ctx)
		}
		text, long, err := s.readLine()
		if err != nil && !errors.Is(err, io.EOF) {
			return line{}, fmt.Errorf("read the batch: %w", err)
		}
		s.number++
		switch {
		case long:
			return line{number: s.number, err: fmt.Errorf("it is longer than %s: put inputs into files", terminal.Mebibytes(maxLine))}, nil
		case len(text) > 0:
			return s.unique(parseLine(s.number, text)), nil
		case err != nil:
			return line{}, io.EOF
		}
	}
}

// unique refuses an ID that a line before has.
func (s *source) unique(line line) line {
	if line.ID == "" {
		return line
	}
	if first, twice := s.seen[line.ID]; twice {
		line.err = fmt.Errorf("field id: line %d has %q already", first, line.ID)
		line.ID = ""
		return line
	}
	s.seen[line.ID] = line.number
	return line
}

// readLine reads a line without the white space around it. Of one that is too long nothing is kept.
func (s *source) readLine() (text []byte, long bool, err error) {
	for {
		part, err := s.reader.ReadSlice('\n')
		if !long {
			text = append(text, part...)
		}
		if len(text) > maxLine {
			text, long = nil, true
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return bytes.TrimSpace(text), long, err
	}
}
