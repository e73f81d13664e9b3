package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge/verdict"
)

// Version is the version of every message in configs/schemas.
const Version = 1

// Identity is what tells where a verdict or a dead letter belongs. ID "" and Attempt 0 mean unknown.
type Identity struct {
	ID      string
	Attempt int
}

// Known tells whether a verdict can be published.
func (i Identity) Known() bool { return i.ID != "" && i.Attempt > 0 }

// wire is a submission message whose fields are still as they came: so that it is known whose it is also when much else
// is wrong with it, and so that files are counted before they are taken into memory.
type wire struct {
	Version    json.RawMessage `json:"version"`
	ID         json.RawMessage `json:"id"`
	Attempt    json.RawMessage `json:"attempt"`
	Problem    json.RawMessage `json:"problem"`
	Digest     json.RawMessage `json:"problem_digest"`
	Language   json.RawMessage `json:"language"`
	EntryPoint json.RawMessage `json:"entry_point"`
	Files      json.RawMessage `json:"files"`
	TimeLimit  json.RawMessage `json:"time_limit_us"`
	AllTests   json.RawMessage `json:"all_tests"`
	Keep       json.RawMessage `json:"keep"`
}

// Decode reads a submission message. Where it is refused, the error is a *Rejection, and the identity is what
// could be made out of it. Fields that nobody knows are allowed: a platform may keep notes of its own in a message.
func Decode(payload []byte) (Submission, Identity, error) {
	if !utf8.Valid(payload) {
		return Submission{}, Identity{}, Refuse(verdict.ClassProblem,
			errors.New("message is not UTF-8 text: send files in content, as base64"))
	}
	var fields wire
	if err := Unmarshal(payload, &fields); err != nil {
		return Submission{}, Identity{}, Refuse(verdict.ClassProblem, explainJSON("", err))
	}
	who := fields.identity()
	s, err := fields.submission()
	if err != nil {
		return presentable(s), who, refuse(err)
	}
	if err := Validate(s); err != nil {
		return presentable(s), who, err
	}
	return s, who, nil
}

// presentable is what the report of a refused submission may repeat of it.
func presentable(s Submission) Submission {
	var p Submission
	if problemPattern.MatchString(s.Problem) {
		p.Problem = s.Problem
	}
	if languagePattern.MatchString(s.Language) {
		p.Language = s.Language
	}
	return p
}

func (w wire) submission() (Submission, error) {
	var s Submission
	if err := decodeFields([]rawField{
		{"version", w.Version, &s.Version},
		{"id", w.ID, &s.ID},
		{"attempt", w.Attempt, &s.Attempt},
		{"problem", w.Problem, &s.Problem},
		{"problem_digest", w.Digest, &s.ProblemDigest},
		{"language", w.Language, &s.Language},
		{"entry_point", w.EntryPoint, &s.EntryPoint},
		{"time_limit_us", w.TimeLimit, &s.TimeLimitUsec},
		{"all_tests", w.AllTests, &s.AllTests},
	}); err != nil {
		return s, err
	}
	var err error
	if s.Files, err = decodeList[SourceFile]("files", w.Files, MaxFiles); err != nil {
		var many *tooManyError
		if errors.As(err, &many) {
			err = submittedError{err}
		}
		return s, err
	}
	s.Keep, err = decodeList[ArtifactKind]("keep", w.Keep, len(ArtifactKinds()))
	return s, err
}

// rawField is a field as it came, and where it goes.
type rawField struct {
	name string
	raw  json.RawMessage
	into any
}

// decodeFields decodes those that are there: Validate says which ones must be.
func decodeFields(fields []rawField) error {
	for _, field := range fields {
		if len(field.raw) == 0 {
			continue
		}
		if err := Unmarshal(field.raw, field.into); err != nil {
			return explainJSON(field.name, err)
		}
	}
	return nil
}

// identity finds out whose message it is.
func (w wire) identity() Identity {
	var who Identity
	var id string
	if json.Unmarshal(w.ID, &id) == nil && CheckID(id) == nil {
		who.ID = id
	}
	var attempt int
	if json.Unmarshal(w.Attempt, &attempt) == nil && attempt >= 1 && attempt <= maxAttempt {
		who.Attempt = attempt
	}
	return who
}

// decodeList reads no more items than a list may have: a message of 32 MiB has room for millions. What many programs
// write for an empty list, null, is one.
func decodeList[T any](field string, raw json.RawMessage, most int) ([]T, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	switch open, err := decoder.Token(); {
	case err == nil && open == nil:
		return nil, nil
	case err != nil || open != json.Delim('['):
		return nil, fmt.Errorf("field %s: want a list", field)
	}
	var items []T
	for decoder.More() {
		if len(items) == most {
			return nil, &tooManyError{field, most}
		}
		var value json.RawMessage
		var item T
		err := decoder.Decode(&value)
		if err == nil {
			err = Unmarshal(value, &item)
		}
		if err != nil {
			return nil, explainJSON(fmt.Sprintf("%s[%d]", field, len(items)), err)
		}
		items = append(items, item)
	}
	return items, nil
}

// tooManyError says that a list is longer than it may be.
type tooManyError struct {
	field string
	most  int
}

func (e *tooManyError) Error() string {
	return fmt.Sprintf("field %s: got more than %d %s", e.field, e.most, e.field)
}

// submittedError is about what a contestant chooses.
type submittedError struct{ error }

func (e submittedError) Unwrap() error { return e.error }

// refuse makes a *Rejection of what is wrong with a message.
func refuse(err error) error {
	r := &Rejection{Class: verdict.ClassProblem, Err: err}
	var submitted submittedError
	r.Submitted = errors.As(err, &submitted)
	return r
}

// Refuse makes a *Rejection of an error.
func Refuse(class verdict.Class, err error) error {
	return &Rejection{Class: class, Err: err}
}

// explainJSON says what is wrong with a message, or with the part of it that is called within, and repeats nothing of
// what is in it.
func explainJSON(within string, err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	var notBase64 base64.CorruptInputError
	var twice *twiceError
	switch {
	case errors.As(err, &twice):
		return &twiceError{join(within, twice.field)}
	case errors.As(err, &wrongType) && within+wrongType.Field != "":
		return fmt.Errorf("field %s: got JSON %s, want %s",
			join(within, wrongType.Field), Truncate(wrongType.Value), describeType(wrongType.Type))
	case errors.As(err, &wrongType):
		return fmt.Errorf("message is a JSON %s, want an object", Truncate(wrongType.Value))
	case errors.As(err, &notBase64):
		return fmt.Errorf("field %s: not base64 at byte %d", join(within, "content"), int64(notBase64))
	case errors.As(err, &syntax):
		return fmt.Errorf("message is not JSON: at byte %d: %w", syntax.Offset, err)
	default:
		return fmt.Errorf("message cannot be decoded: %w", err)
	}
}

// describeType calls the Go type of a field what a writer of JSON calls it.
func describeType(t reflect.Type) string {
	kind := t.Kind()
	switch {
	case kind == reflect.String:
		return "a string"
	case kind == reflect.Bool:
		return "true or false"
	case kind == reflect.Slice:
		return "a string in base64"
	case kind == reflect.Struct:
		return "an object"
	default:
		return "an integer"
	}
}

// join makes the path of a field.
func join(within, field string) string {
	if within == "" || field == "" {
		return within + field
	}
	return within + "." + field
}
