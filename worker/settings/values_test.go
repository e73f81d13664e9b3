package settings

import (
	"encoding"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

func TestByteSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]sandbox.Bytes{
		"0": 0, "1048576": sandbox.MiB, "64M": 64 * sandbox.MiB, "64MiB": 64 * sandbox.MiB, "64 mib": 64 * sandbox.MiB,
		"1.5GiB": 3 * 512 * sandbox.MiB, "2k": 2 * sandbox.KiB, "10B": 10,
	} {
		var got ByteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || sandbox.Bytes(got) != want {
			t.Errorf("byteSize(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "2": 2 * time.Second, "1.5": 1500 * time.Millisecond, "200ms": 200 * time.Millisecond, "1m30s": 90 * time.Second,
	} {
		var got Span
		if err := got.UnmarshalText([]byte(text)); err != nil || got.Duration() != want {
			t.Errorf("span(%q) = %v, %v, want %v", text, got.Duration(), err, want)
		}
	}
}

func TestValuesRefuse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value encoding.TextUnmarshaler
		texts []string
	}{
		"byteSize":      {new(ByteSize), []string{"", "M", "-1", "12X", "1e99G", "NaN", "1..2", "0x10"}},
		"span":          {new(Span), []string{"", "-1", "-1s", "soon", "NaN", "Inf", "1e12"}},
		"slotCount":     {new(slotCount), []string{"", "-1", "129", "two", "1.5"}},
		"pidCount":      {new(PIDCount), []string{"", "0", "-1", "4097"}},
		"tryCount":      {new(tryCount), []string{"", "0", "1001", "often"}},
		"replicaCount":  {new(replicaCount), []string{"", "0", "6", "all"}},
		"listenAddress": {new(listenAddress), []string{"", "host", "host:", "host:http", "host:65536", "a:b:c"}},
		"serverURL":     {new(ServerURL), []string{"host:4222", "http://host", "nats://", "nats://a,", ","}},
		"laneWeights":   {new(laneWeights), []string{"", "contest", "contest=x", "exam=1", "contest=-1", "contest=1001", "contest=0", "contest=1,contest=2"}},
		"subjectToken":  {new(SubjectToken), []string{"a.b", "a b", "*", ">", "ä", string(make([]byte, 129))}},
	} {
		for _, text := range c.texts {
			if err := c.value.UnmarshalText([]byte(text)); err == nil {
				t.Errorf("%s takes %q", name, text)
			}
		}
	}
}

func TestServerURL(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "nats://localhost:4222", "tls://a:1,tls://b:2", "nats://user:password@host"} {
		if err := new(ServerURL).UnmarshalText([]byte(text)); err != nil {
			t.Errorf("serverURL(%q): %v", text, err)
		}
	}
}
