package queue

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/verdict"
)

// messageVersion is the version of every message in this package's schemas.
const messageVersion = 1

// identity is what tells where a verdict or a dead letter belongs. ID "" and Attempt 0 mean unknown.
type identity struct {
	ID      string
	Attempt int
}

// known tells whether a verdict can be published.
func (i identity) known() bool { return i.ID != "" && i.Attempt > 0 }

// envelopeFields are the parts of a message that are read before the rest: whose it is, also when much else is wrong
// with it, and the files, which are counted before they are taken into memory.
type envelopeFields struct {
	ID      json.RawMessage `json:"id"`
	Attempt json.RawMessage `json:"attempt"`
	Files   json.RawMessage `json:"files"`
}

// withoutFiles is a submission whose files are left alone.
type withoutFiles struct {
	judge.Submission
	Files json.RawMessage `json:"files"`
}

// decode reads a submission message. Where it is refused, the error is a *judge.Rejection, and the identity is what
// could be made out of it. Fields that nobody knows are allowed: a platform may keep notes of its own in a message.
func decode(payload []byte) (judge.Submission, identity, error) {
	if !utf8.Valid(payload) {
		return judge.Submission{}, identity{}, refuse(verdict.ClassProblem,
			errors.New("message is not UTF-8 text: send files in content, as base64"))
	}
	var fields envelopeFields
	if err := json.Unmarshal(payload, &fields); err != nil {
		return judge.Submission{}, identity{}, refuse(verdict.ClassProblem, explainJSON("", err))
	}
	who := identify(fields)
	var s withoutFiles
	if err := json.Unmarshal(payload, &s); err != nil {
		return judge.Submission{}, who, refuse(verdict.ClassProblem, explainJSON("", err))
	}
	files, err := decodeFiles(fields.Files)
	if err != nil {
		return judge.Submission{}, who, refuse(verdict.ClassProblem, err)
	}
	s.Submission.Files = files
	return s.Submission, who, Validate(s.Submission)
}

// decodeFiles reads no more files than a submission may have: a message of 32 MiB has room for millions.
func decodeFiles(raw json.RawMessage) ([]judge.SourceFile, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if open, err := decoder.Token(); err != nil || open != json.Delim('[') {
		return nil, errors.New("field files: want a list of files")
	}
	var files []judge.SourceFile
	for decoder.More() {
		if len(files) == MaxFiles {
			return nil, fmt.Errorf("field files: got more than %d files", MaxFiles)
		}
		var f judge.SourceFile
		if err := decoder.Decode(&f); err != nil {
			return nil, explainJSON(fmt.Sprintf("files[%d]", len(files)), err)
		}
		files = append(files, f)
	}
	return files, nil
}

// identify finds out whose message it is.
func identify(fields envelopeFields) identity {
	var who identity
	var id string
	if json.Unmarshal(fields.ID, &id) == nil && tokenPattern.MatchString(id) {
		who.ID = id
	}
	var attempt int
	if json.Unmarshal(fields.Attempt, &attempt) == nil && attempt >= 1 && attempt <= maxAttempt {
		who.Attempt = attempt
	}
	return who
}

func refuse(class verdict.Class, err error) error {
	return &judge.Rejection{Class: class, Err: err}
}

// explainJSON says what is wrong with a message, or with the part of it that is called within, and repeats nothing of
// what is in it.
func explainJSON(within string, err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	var notBase64 base64.CorruptInputError
	switch {
	case errors.As(err, &wrongType) && within+wrongType.Field != "":
		return fmt.Errorf("field %s: got JSON %s, want %s",
			cut(join(within, wrongType.Field)), wrongType.Value, wrongType.Type)
	case errors.As(err, &wrongType):
		return fmt.Errorf("message is a JSON %s, want an object", wrongType.Value)
	case errors.As(err, &notBase64):
		return fmt.Errorf("field %s: not base64 at byte %d", join(within, "content"), int64(notBase64))
	case errors.As(err, &syntax):
		return fmt.Errorf("message is not JSON: at byte %d: %w", syntax.Offset, err)
	default:
		return fmt.Errorf("message cannot be decoded: %w", err)
	}
}

// join makes the path of a field.
func join(within, field string) string {
	if within == "" || field == "" {
		return within + field
	}
	return within + "." + field
}
