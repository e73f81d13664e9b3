package client

import (
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func TestTransient(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"nobody answers":        {nats.ErrNoResponders, true},
		"no stream answers":     {fmt.Errorf("write entry: %w", jetstream.ErrNoStreamResponse), true},
		"nothing there":         {jetstream.ErrMsgNotFound, true},
		"no leader":             {&jetstream.APIError{Code: 503, ErrorCode: 10008}, true},
		"too few servers":       {&jetstream.APIError{Code: 400, ErrorCode: 10005}, true},
		"wrapped":               {fmt.Errorf("prepare: %w", &jetstream.APIError{Code: 500, ErrorCode: 10118}), true},
		"no cluster at all":     {&jetstream.APIError{Code: 500, ErrorCode: 10074}, false},
		"wrong last sequence":   {&jetstream.APIError{Code: 400, ErrorCode: 10071}, false},
		"something else":        {errors.New("something else"), false},
		"connection was closed": {nats.ErrConnectionClosed, false},
	} {
		if got := Transient(c.err); got != c.want {
			t.Errorf("%s: Transient(%v) = %v, want %v", name, c.err, got, c.want)
		}
	}
}
