package debug

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"path"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/artifacts"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/wholefile"
)

//go:embed page.html
var pageSource string

// pageName is the page in the file that shows the rest.
const pageName = "index.html"

// zipFile is a file in the zip.
type zipFile struct {
	Name string
	Data []byte
}

// files are those of the zip: the page first. No two have one name, and each is a plain path that leads nowhere else.
func (d *collector) files() ([]zipFile, error) {
	var all []zipFile
	if m := d.Message; m != nil {
		all = append(all, zipFile{"submission.json", m.payload})
		for _, f := range m.Sources {
			all = append(all, zipFile{path.Join("submission", artifacts.SafePath(f.Name)), f.Content})
		}
	}
	for _, w := range d.Workers {
		if len(w.Log) > 0 {
			all = append(all, zipFile{path.Join("log", artifacts.SafePath(w.Name)+".jsonl"), []byte(strings.Join(w.Log, "\n") + "\n")})
		}
	}
	all = append(all, d.extra...)
	known := d.explanation // with [] for what is empty, in place of null
	known.Attempts, known.Events = append([]*attemptTrace{}, known.Attempts...), append([]client.StoredEvent{}, known.Events...)
	known.Missing, known.Withheld = append([]absence{}, known.Missing...), append([]string{}, known.Withheld...)
	machine, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode what is known of %s: %w", d.id, err)
	}
	all = append([]zipFile{{"debug.json", append(machine, '\n')}}, all...)
	taken := map[string]bool{pageName: true}
	for i := range all {
		for taken[all[i].Name] { // names that differ in what was replaced
			all[i].Name = path.Join(path.Dir(all[i].Name), "_"+path.Base(all[i].Name))
		}
		taken[all[i].Name] = true
	}
	page, err := d.page(all)
	if err != nil {
		return nil, err
	}
	return append([]zipFile{{pageName, page}}, all...), nil
}

// page is the page.
func (d *collector) page(files []zipFile) ([]byte, error) {
	t, err := template.New("debug").Funcs(template.FuncMap{
		"seconds": terminal.Seconds, "mebibytes": terminal.Mebibytes, "share": terminal.Percent, "limit": limitText, "points": judgement.Points, "plural": terminal.Plural,
		"text": pageText, "when": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000 UTC") }, "why": whyVerdict,
		"stage": func(e api.Event) string { return judgement.StageText(e) },
	}).Parse(pageSource)
	if err != nil {
		return nil, fmt.Errorf("read template of the page: %w", err)
	}
	var page bytes.Buffer
	if err := t.Execute(&page, struct {
		*collector
		Files []zipFile
	}{d, files}); err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	return page.Bytes(), nil
}

// Verdict is that of the current attempt; nil where there is none.
func (d *collector) Verdict() *api.Report { return d.verdict() }

// WithData says whether test data is in the file.
func (d *collector) WithData() bool { return d.withData }

// mostShown bounds a text on the page, in bytes; the file beside it is whole.
const mostShown = 64 << 10

// pageText is a text of a stranger as the page can show it.
func pageText(data []byte) string {
	text := data[:min(len(data), mostShown)]
	if bytes.IndexByte(text, 0) >= 0 {
		return fmt.Sprintf("(%d bytes that are no text)", len(data))
	}
	shown := strings.ToValidUTF8(string(text), "\uFFFD")
	if len(data) > mostShown {
		shown += fmt.Sprintf("\n(%d bytes more in the file)", len(data)-mostShown)
	}
	return shown
}

// whyVerdict says in one sentence what a verdict comes from.
func whyVerdict(r api.Report) string {
	switch r.Verdict {
	case verdict.CompileError:
		return "The submission was not compiled; the compiler says why."
	case verdict.JudgeError:
		if r.Error != nil {
			return fmt.Sprintf("Not the submission is at fault: class %s. %s", r.Error.Class, r.Error.Message)
		}
		return "Not the submission is at fault."
	case verdict.Canceled:
		return strings.TrimSuffix("It was canceled: "+r.CancelReason, ": ")
	case verdict.Accepted, verdict.WrongAnswer, verdict.TimeLimitExceeded, verdict.MemoryLimitExceeded, verdict.OutputLimitExceeded,
		verdict.RunTimeError, verdict.PartiallyAccepted, verdict.Skipped:
	}
	for i, t := range r.Tests {
		if t.Verdict == r.Verdict && t.Verdict != verdict.Accepted {
			return fmt.Sprintf("Test case %s, number %d of %d, got it first.", t.Name, i+1, len(r.Tests)) + testFacts(r, t)
		}
	}
	if slowest, ok := r.SlowestTest(); ok && r.Verdict == verdict.Accepted {
		return fmt.Sprintf("Every test case was accepted; the slowest is %s with %s of %s.",
			slowest.Name, terminal.Seconds(slowest.CPUUsec), terminal.Seconds(r.TimeLimitUsec))
	}
	return ""
}

// testFacts is what decided a test case.
func testFacts(r api.Report, t api.TestReport) string {
	switch t.Verdict {
	case verdict.TimeLimitExceeded:
		return fmt.Sprintf(" It took %s of CPU time and %s by the clock; the limit is %s of CPU time.",
			terminal.Seconds(t.CPUUsec), terminal.Seconds(t.WallUsec), terminal.Seconds(r.TimeLimitUsec))
	case verdict.MemoryLimitExceeded:
		return fmt.Sprintf(" It used %s; the limit is %s.", terminal.Mebibytes(t.PeakMemory), terminal.Mebibytes(r.MemoryLimit))
	case verdict.RunTimeError:
		if t.Signal != "" {
			return fmt.Sprintf(" The program was ended by %s.", t.Signal)
		}
		return fmt.Sprintf(" The program ended with exit code %d.", t.ExitCode)
	case verdict.OutputLimitExceeded:
		return fmt.Sprintf(" It wrote %d bytes.", t.OutputBytes)
	case verdict.WrongAnswer, verdict.Accepted, verdict.PartiallyAccepted, verdict.CompileError, verdict.JudgeError, verdict.Skipped, verdict.Canceled:
	}
	if t.JudgeMessage != "" {
		return " The checker says: " + t.JudgeMessage
	}
	return ""
}

// writeZip writes the zip, whole or not at all.
func writeZip(to string, files []zipFile) error {
	return wholefile.WritePrivate(to, func(w io.Writer) error {
		archive := zip.NewWriter(w)
		for _, f := range files {
			entry, err := archive.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: time.Now()})
			if err != nil {
				return err
			}
			if _, err := entry.Write(f.Data); err != nil {
				return err
			}
		}
		return archive.Close()
	})
}
