package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge/verdict"
)

// wireRun is a request whose fields are still as they came; see wire.
type wireRun struct {
	Version     json.RawMessage `json:"version"`
	ID          json.RawMessage `json:"id"`
	Language    json.RawMessage `json:"language"`
	EntryPoint  json.RawMessage `json:"entry_point"`
	Files       json.RawMessage `json:"files"`
	Inputs      json.RawMessage `json:"inputs"`
	Args        json.RawMessage `json:"args"`
	Env         json.RawMessage `json:"env"`
	Compare     json.RawMessage `json:"compare"`
	Collect     json.RawMessage `json:"collect"`
	WaitUsec    json.RawMessage `json:"wait_us"`
	Limits      json.RawMessage `json:"limits"`
	InlineBytes json.RawMessage `json:"inline_bytes"`
	Keep        json.RawMessage `json:"keep"`
}

// DecodeRun reads a request and validates it. Where it is refused, the error is a *Rejection that names the field, and of
// the request only a valid ID is returned. Fields that nobody knows are allowed.
func DecodeRun(payload []byte) (RunRequest, error) {
	if !utf8.Valid(payload) {
		return RunRequest{}, Refuse(verdict.ClassProblem,
			errors.New("message is not UTF-8 text: send files and inputs in content, as base64"))
	}
	var fields wireRun
	if err := Unmarshal(payload, &fields); err != nil {
		return RunRequest{}, Refuse(verdict.ClassProblem, explainJSON("", err))
	}
	r, err := fields.request()
	if err != nil {
		err = Refuse(verdict.ClassProblem, err)
	} else {
		err = ValidateRun(r)
	}
	if err != nil && CheckID(r.ID) == nil {
		return RunRequest{ID: r.ID}, err
	}
	if err != nil {
		return RunRequest{}, err
	}
	return r, nil
}

func (w wireRun) request() (r RunRequest, err error) {
	if err := decodeFields([]rawField{
		{"id", w.ID, &r.ID}, // first, so that an answer can repeat it
		{"version", w.Version, &r.Version},
		{"language", w.Language, &r.Language},
		{"entry_point", w.EntryPoint, &r.EntryPoint},
		{"limits", w.Limits, &r.Limits},
		{"inline_bytes", w.InlineBytes, &r.InlineBytes},
		{"keep", w.Keep, &r.Keep},
		{"env", w.Env, &r.Env},
		{"compare", w.Compare, &r.Compare},
		{"wait_us", w.WaitUsec, &r.WaitUsec},
	}); err != nil {
		return r, err
	}
	if r.Files, err = decodeList[SourceFile]("files", w.Files, MaxFiles); err != nil {
		return r, err
	}
	if r.Inputs, err = decodeList[RunInput]("inputs", w.Inputs, MaxRunInputs); err != nil {
		return r, err
	}
	if r.Collect, err = decodeList[string]("collect", w.Collect, maxRunCollect); err != nil {
		return r, err
	}
	r.Args, err = decodeList[string]("args", w.Args, maxRunArgs)
	return r, err
}

// ValidateRun refuses a request that no worker can do. The error is a *Rejection that names the field.
func ValidateRun(r RunRequest) error {
	if err := checkLanguage(r.Language); err != nil {
		return err
	}
	for _, err := range []error{
		checkVersion(r.Version),
		checkRunID(r.ID),
		checkEntryPoint(r.EntryPoint),
		checkFiles(r.Files),
		checkInputs(r.Inputs),
		checkArgs(r.Args),
		checkEnv(r.Env),
		checkCompare(r.Compare),
		checkCollect(r.Collect),
		checkRunLimits(r),
	} {
		if err != nil {
			return refuse(err)
		}
	}
	return nil
}

func checkRunID(id string) error {
	if id == "" {
		return nil
	}
	if err := CheckID(id); err != nil {
		return fmt.Errorf("field %w", err)
	}
	return nil
}

func checkInputs(inputs []RunInput) error {
	switch {
	case len(inputs) == 0:
		return errors.New("field inputs is missing or empty: want 1 to 100; {} is an empty one")
	case len(inputs) > MaxRunInputs:
		return fmt.Errorf("field inputs: got %d, want at most %d: send them in several requests", len(inputs), MaxRunInputs)
	}
	total := 0
	for i, in := range inputs {
		field := fmt.Sprintf("field inputs[%d]", i)
		switch {
		case len(in.Content) > 0 && in.Text != "":
			return fmt.Errorf("%s: both content and text are set, want one", field)
		case len(in.Name) > maxRunName:
			return fmt.Errorf("%s.name: %d bytes, want at most %d", field, len(in.Name), maxRunName)
		case !utf8.ValidString(in.Name):
			return fmt.Errorf("%s.name: not UTF-8", field)
		}
		total += len(in.Content) + len(in.Text)
		if e := in.Expect; e != nil {
			if len(e.Content) > 0 && e.Text != "" {
				return fmt.Errorf("%s.expect: both content and text are set, want one", field)
			}
			total += len(e.Content) + len(e.Text)
		}
	}
	if total > MaxRunInputBytes {
		return fmt.Errorf("field inputs: %d bytes altogether, want at most %d", total, MaxRunInputBytes)
	}
	return nil
}

func checkArgs(args []string) error {
	if len(args) > maxRunArgs {
		return fmt.Errorf("field args: got %d, want at most %d", len(args), maxRunArgs)
	}
	total := 0
	for i, arg := range args {
		if strings.ContainsRune(arg, 0) {
			return fmt.Errorf("field args[%d]: has a NUL byte, which no argument can have", i)
		}
		total += len(arg)
	}
	if total > maxRunArgBytes {
		return fmt.Errorf("field args: %d bytes altogether, want at most %d", total, maxRunArgBytes)
	}
	return nil
}

func checkEnv(env map[string]string) error {
	if len(env) > maxRunEnv {
		return fmt.Errorf("field env: got %d, want at most %d", len(env), maxRunEnv)
	}
	total := 0
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(env[name], 0) {
			return fmt.Errorf("field env: %q is no name of a variable, or has a NUL byte", Truncate(name))
		}
		total += len(name) + len(env[name])
	}
	if total > maxRunEnvBytes {
		return fmt.Errorf("field env: %d bytes altogether, want at most %d", total, maxRunEnvBytes)
	}
	return nil
}

// checkCompare bounds the text; the judge knows what comparers there are.
func checkCompare(compare string) error {
	if len(compare) > maxRunCompare || !utf8.ValidString(compare) {
		return fmt.Errorf("field compare: %d bytes, want at most %d, in UTF-8", len(compare), maxRunCompare)
	}
	return nil
}

func checkCollect(names []string) error {
	if len(names) > maxRunCollect {
		return fmt.Errorf("field collect: got %d, want at most %d", len(names), maxRunCollect)
	}
	for i, name := range names {
		if err := checkFilePath(fmt.Sprintf("field collect[%d]", i), name); err != nil {
			return err
		}
	}
	return nil
}

func checkRunLimits(r RunRequest) error {
	l := r.Limits
	for _, field := range []struct {
		name               string
		value, least, most int64
	}{
		{"limits.cpu_us", l.CPUUsec, 1000, (10 * time.Minute).Microseconds()},
		{"limits.wall_us", l.WallUsec, 1000, time.Hour.Microseconds()},
		{"limits.memory_bytes", l.Memory, 1 << 20, 64 << 30},
		{"limits.output_bytes", l.Output, 1, 64 << 20},
		{"inline_bytes", r.InlineBytes, -1, maxInline},
		{"wait_us", r.WaitUsec, 0, time.Hour.Microseconds()},
	} {
		if field.value != 0 && (field.value < field.least || field.value > field.most) {
			return fmt.Errorf("field %s: got %d, want %d to %d, or 0 for the default", field.name, field.value, field.least, field.most)
		}
	}
	wall := time.Duration(r.WithDefaults().Limits.WallUsec) * time.Microsecond
	if all := float64(wall) * float64(len(r.Inputs)); all > float64(MaxRunTime) {
		return fmt.Errorf("field limits.wall_us: %d runs of %v may take %.0f s, want at most %.0f: send fewer inputs, or lower the limit",
			len(r.Inputs), wall, math.Ceil(all/float64(time.Second)), MaxRunTime.Seconds())
	}
	return nil
}
