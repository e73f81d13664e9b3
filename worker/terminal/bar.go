package terminal

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Bar shows how far long work is, how fast it goes and how much time is left. It is drawn on the progress line, so where
// that is not shown it is not either.
type Bar struct {
	out   *Output
	total int64
	unit  string

	began time.Time

	mu    sync.Mutex
	bar   *progressbar.ProgressBar // guarded by mu; nil where nothing is shown
	drawn time.Time                // guarded by mu
}

// barEvery is how often a bar is drawn at most: a terminal at the end of a slow line has to keep up.
const barEvery = 65 * time.Millisecond

// barSettles is how long a rate means nothing: of what was done in the first moment.
const barSettles = 500 * time.Millisecond

// Bar begins work with total things to do, each a unit such as "tests". With nothing to do it shows the texts of Set alone.
func (o *Output) Bar(total int, unit string) *Bar {
	return o.newBar(int64(total), unit, progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit))
}

// ByteBar begins to move total bytes.
func (o *Output) ByteBar(total int64) *Bar {
	return o.newBar(total, "bytes", progressbar.OptionShowBytes(true), progressbar.OptionShowTotalBytes(true), progressbar.OptionUseIECUnits(true))
}

func (o *Output) newBar(total int64, unit string, options ...progressbar.Option) *Bar {
	b := &Bar{out: o, total: total, unit: unit, began: time.Now()}
	if !o.Progress || total <= 0 {
		return b
	}
	options = append(options,
		progressbar.OptionSetWriter(io.Discard), // Output draws it: other lines come in between
		progressbar.OptionSetWidth(min(max(o.rowWidth()/6, 5), 30)),
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionShowDescriptionAtLineEnd())
	b.bar = progressbar.NewOptions64(total, options...)
	b.bar.StartWithoutRender()
	return b
}

// Set says how much is done, and what is being done.
func (b *Bar) Set(done int, format string, args ...any) {
	b.set(int64(done), fmt.Sprintf(format, args...))
}

func (b *Bar) set(done int64, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.bar == nil:
		b.out.Progressf("%s", text)
	case time.Since(b.drawn) < barEvery && done < b.total && b.out.shows():
	case done <= 0, time.Since(b.began) < barSettles && done < b.total: // neither rate nor time left are known
		b.out.Progressf("%d of %d %s  %s", done, b.total, b.unit, text)
	default:
		_ = b.bar.Set64(min(done, b.total)) // it is written nowhere
		b.bar.Describe(SingleLine(text))
		b.drawn = time.Now()
		b.out.Progressf("%s", strings.Trim(b.bar.String(), "\r "))
	}
}

// Skip takes one of what was to do out: it was done before, and would make the rate look better than it is.
func (b *Bar) Skip() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.total--; b.bar != nil && b.total > 0 {
		b.bar.ChangeMax64(b.total)
	}
}

// Reader shows how much of r, which has the bytes of a ByteBar, has been read.
func (b *Bar) Reader(r io.ReadSeeker, text string) io.ReadSeeker {
	return &barReader{ReadSeeker: r, bar: b, text: text}
}

type barReader struct {
	io.ReadSeeker
	bar  *Bar
	text string
	done int64
}

func (r *barReader) Read(p []byte) (int, error) {
	n, err := r.ReadSeeker.Read(p)
	r.done += int64(n)
	r.bar.set(r.done, r.text)
	return n, err
}

func (r *barReader) Seek(offset int64, whence int) (at int64, err error) {
	at, err = r.ReadSeeker.Seek(offset, whence)
	r.done = at
	return at, err
}
