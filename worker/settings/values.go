package settings

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// Values of flags that check themselves while they are parsed, so that the error names the flag.

// ByteSize is a size such as 1048576, 64M, 256MiB or 1.5GiB. K, M and G are binary, with or without iB.
type ByteSize sandbox.Bytes

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *ByteSize) UnmarshalText(text []byte) error {
	number, unit := splitUnit(string(text))
	multiple, ok := map[string]sandbox.Bytes{
		"": 1, "B": 1, "K": sandbox.KiB, "KIB": sandbox.KiB, "M": sandbox.MiB, "MIB": sandbox.MiB,
		"G": sandbox.GiB, "GIB": sandbox.GiB,
	}[strings.ToUpper(unit)]
	value, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || value < 0 || value*float64(multiple) >= 1<<62 {
		return fmt.Errorf("%q is not a size; write bytes or a unit, such as 67108864, 64M or 64MiB", text)
	}
	*b = ByteSize(value * float64(multiple))
	return nil
}

func splitUnit(s string) (number, unit string) {
	end := strings.LastIndexAny(s, "0123456789.") + 1
	return s[:end], strings.TrimSpace(s[end:])
}

// Span is a length of time that is not negative: 1.5s, 200ms, or plain seconds such as 2.
type Span time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if seconds, plain := strconv.ParseFloat(string(text), 64); plain == nil && seconds >= 0 && seconds < 1e9 {
		d, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a length of time; write seconds or a unit, such as 2, 1.5s or 200ms", text)
	}
	*s = Span(d)
	return nil
}

// ParseCount reads a whole number from low to high.
func ParseCount(text []byte, low, high int, what string) (int, error) {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%q is not a number of %s %d", text, what, high)
	}
	return n, nil
}

// slotCount is a number of containers, 0 to pool.MaxSlots.
type slotCount int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *slotCount) UnmarshalText(text []byte) error {
	n, err := ParseCount(text, 0, pool.MaxSlots, "containers; write 0 (one for each core) to")
	*c = slotCount(n)
	return err
}

// PIDCount is a number of processes and threads, 1 to 4096.
type PIDCount int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *PIDCount) UnmarshalText(text []byte) error {
	n, err := ParseCount(text, 1, 4096, "processes; write 1 to")
	*c = PIDCount(n)
	return err
}

// tryCount is how often something is tried, 1 to 1000.
type tryCount int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *tryCount) UnmarshalText(text []byte) error {
	n, err := ParseCount(text, 1, 1000, "tries; write 1 to")
	*c = tryCount(n)
	return err
}

// replicaCount is a number of servers that keep a stream, 1 to 5.
type replicaCount int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *replicaCount) UnmarshalText(text []byte) error {
	n, err := ParseCount(text, 1, 5, "replicas; write 1 to") // the server takes no more
	*c = replicaCount(n)
	return err
}

// listenAddress is host:port. Port 0 lets the kernel choose.
type listenAddress string

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *listenAddress) UnmarshalText(text []byte) error {
	_, port, err := net.SplitHostPort(string(text))
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%q is not an address to listen on; write host:port, such as 127.0.0.1:8080", text)
	}
	*a = listenAddress(text)
	return nil
}

var errServerURL = errors.New("not a list of NATS servers; write nats://host:port, several with commas")

// ServerURL is one NATS server or several with commas; empty means the embedded one.
type ServerURL string

// UnmarshalText implements encoding.TextUnmarshaler.
func (u *ServerURL) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*u = ""
		return nil
	}
	for one := range strings.SplitSeq(string(text), ",") {
		if !isServer(strings.TrimSpace(one)) {
			return fmt.Errorf("%q: %w", client.Config{URL: string(text)}.RedactedURL(), errServerURL)
		}
	}
	*u = ServerURL(text)
	return nil
}

func isServer(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return false
	}
	switch u.Scheme {
	case "nats", "tls", "ws", "wss":
		return true
	}
	return false
}

// SubjectToken is one token of a NATS subject, also used for identifiers: 1 to 128 of [A-Za-z0-9_-].
type SubjectToken string

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *SubjectToken) UnmarshalText(text []byte) error {
	if len(text) > 0 && api.CheckToken("name", string(text)) != nil {
		return fmt.Errorf("%q is not a name; use 1 to 128 of letters, digits, _ and -", text)
	}
	*t = SubjectToken(text)
	return nil
}

// laneWeights are shares of the lanes such as contest=16,practice=4,rejudge=1.
type laneWeights map[string]int

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *laneWeights) UnmarshalText(text []byte) error {
	weights := laneWeights{}
	for pair := range strings.SplitSeq(string(text), ",") {
		lane, number, found := strings.Cut(strings.TrimSpace(pair), "=")
		n, err := strconv.Atoi(strings.TrimSpace(number))
		lane = strings.TrimSpace(lane)
		if _, twice := weights[lane]; !found || err != nil || twice {
			return fmt.Errorf("%q is not a list of lanes with their weights; write contest=16,practice=4,rejudge=1", text)
		}
		weights[lane] = n
	}
	if err := (queue.Config{Weights: weights}).Validate(); err != nil {
		return err
	}
	*w = weights
	return nil
}

// ProblemName is the name of a problem as the workers know it. A path is taken for the mistake that it is.
type ProblemName string

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *ProblemName) UnmarshalText(text []byte) error {
	name := string(text)
	if strings.ContainsAny(name, `/\`) {
		return fmt.Errorf("%q is a path; give the name by which the workers know the problem, such as %s", name,
			strings.TrimSuffix(filepath.Base(filepath.Clean(name)), filepath.Ext(name)))
	}
	*n = ProblemName(name)
	return nil
}

// SubmissionID is the identifier of a submission: a name, or two with a dot between of which the first is the namespace.
type SubmissionID string

func (id *SubmissionID) UnmarshalText(text []byte) error {
	if len(text) > 0 && api.CheckID(string(text)) != nil {
		return fmt.Errorf("%q is not a name; use 1 to 128 of letters, digits, _ and -, with at most one dot behind a namespace", text)
	}
	*id = SubmissionID(text)
	return nil
}
