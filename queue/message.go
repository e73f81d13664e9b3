package queue

import (
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

// decode reads a submission message. Where it is refused, the error is a *judge.Rejection, and the identity is what
// could be made out of it. Fields that nobody knows are allowed: a platform may keep notes of its own in a message.
func decode(payload []byte) (judge.Submission, identity, error) {
	if !utf8.Valid(payload) {
		return judge.Submission{}, identity{}, refuse(verdict.ClassProblem,
			errors.New("message is not UTF-8 text: send files in content, as base64"))
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(payload, &fields); err != nil {
		return judge.Submission{}, identity{}, refuse(verdict.ClassProblem, explainJSON(err))
	}
	who := identify(fields)
	var s judge.Submission
	if err := json.Unmarshal(payload, &s); err != nil {
		return judge.Submission{}, who, refuse(verdict.ClassProblem, explainJSON(err))
	}
	return s, who, Validate(s)
}

// identify finds out whose message it is, also when much else is wrong with it.
func identify(fields map[string]json.RawMessage) identity {
	var who identity
	var id string
	if json.Unmarshal(fields["id"], &id) == nil && tokenPattern.MatchString(id) {
		who.ID = id
	}
	var attempt int
	if json.Unmarshal(fields["attempt"], &attempt) == nil && attempt >= 1 && attempt <= maxAttempt {
		who.Attempt = attempt
	}
	return who
}

func refuse(class verdict.Class, err error) error {
	return &judge.Rejection{Class: class, Err: err}
}

// explainJSON says what is wrong with a message without repeating what is in it.
func explainJSON(err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return fmt.Errorf("field %s: got JSON %s, want %s", cut(wrongType.Field), wrongType.Value, wrongType.Type)
	case errors.As(err, &wrongType):
		return fmt.Errorf("message is a JSON %s, want an object", wrongType.Value)
	case errors.As(err, &syntax):
		return fmt.Errorf("message is not JSON: at byte %d: %w", syntax.Offset, err)
	default:
		return fmt.Errorf("message cannot be decoded: %w", err)
	}
}
