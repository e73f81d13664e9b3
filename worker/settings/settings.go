// Package settings is what configs/worker.yaml sets, grouped by the commands that take it. Each setting is a flag, an
// environment variable and a key of the configuration file under one name; the defaults come from the file in the binary.
// How to reach the queue is package connect's.
package settings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/worker/exit"
)

// State says where this host keeps the worker's state.
type State struct {
	StateDir string `default:"${state_dir}" env:"GAVEL_STATE_DIR" group:"common" help:"Directory of the queue, caches and temporary files; by default /var/lib/gavel for root, else $$XDG_STATE_HOME/gavel." placeholder:"DIR"`
}

// Dir is the state directory, absolute.
func (s State) Dir() (string, error) {
	if s.StateDir != "" {
		return filepath.Abs(s.StateDir)
	}
	if os.Geteuid() == 0 {
		return "/var/lib/gavel", nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "gavel"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", exit.Usage(errors.New("there is no home directory to keep state in; use --state-dir DIR"))
	}
	return filepath.Join(home, ".local", "state", "gavel"), nil
}

// Naming says in which namespace identifiers are.
type Naming struct {
	Namespace SubjectToken `env:"GAVEL_NAMESPACE" help:"Namespace of identifiers that have none: s1 means NAME.s1. A server with accounts gives one to each platform." placeholder:"NAME"`
}

// Qualify is an identifier with its namespace.
func (s Naming) Qualify(id SubmissionID) string {
	if s.Namespace == "" || id == "" || strings.Contains(string(id), ".") {
		return string(id)
	}
	return string(s.Namespace) + "." + string(id)
}

// Reading says how problem packages are read.
type Reading struct {
	Include string `default:"${include}" env:"GAVEL_INCLUDE" group:"judging" help:"Directory with headers that problem packages may leave out: testlib.h." placeholder:"DIR"`
}

// ReadWith is what packages are read with; archives are unpacked in the directory temp.
func (s Reading) ReadWith(temp string) reader.Options {
	o := reader.Options{Temp: temp}
	if s.Include != "" {
		o.Include = []string{s.Include}
	}
	return o
}

// Judging says how this host judges.
type Judging struct {
	Reading
	Slots     slotCount `default:"${slots}"     env:"GAVEL_SLOTS" group:"judging"     help:"Programs that run at once; 0 means one for each usable core."          placeholder:"N"`
	Pin       bool      `default:"${pin}"       env:"GAVEL_PIN" group:"judging"       help:"Bind each container to a core of its own."                             negatable:""`
	Languages string    `default:"${languages}" env:"GAVEL_LANGUAGES" group:"judging" help:"Language table in place of the built-in one (configs/languages.yaml)." placeholder:"FILE"`
	Python    string    `default:"${python}"    env:"GAVEL_PYTHON" group:"judging"    help:"What runs Python 3 where nobody names a language by its ID, and what packages have in it: pypy where it is installed, or cpython." enum:"pypy,cpython" placeholder:"pypy|cpython"`
}

// Logging says what is logged and how.
type Logging struct {
	Level  string `default:"${log_level}"  enum:"debug,info,warn,error" env:"GAVEL_LOG_LEVEL"  help:"Least level that is logged: ${enum}."`
	Format string `default:"${log_format}" enum:"auto,json,text"        env:"GAVEL_LOG_FORMAT" help:"How it is logged: ${enum}."`
}

// Serving is for serve alone.
type Serving struct {
	Name          SubjectToken  `default:"${name}"        env:"GAVEL_NAME"        help:"Name in verdicts and logs; by default host name and process id."          placeholder:"NAME"`
	Problems      string        `default:"${problems}"    env:"GAVEL_PROBLEMS"    help:"Directory whose entries are problem packages; those in the store need none." placeholder:"DIR"`
	ProblemCache  ByteSize      `default:"${problem_cache}" env:"GAVEL_PROBLEM_CACHE" help:"Bytes of packages from the store that are kept on disk."   placeholder:"SIZE"`
	HTTP          listenAddress `default:"${http}"        env:"GAVEL_HTTP"        help:"Address of /metrics, /healthz, /readyz and /debug/log."                               name:"http" placeholder:"HOST:PORT"`
	HTTPToken     string        `default:"${http_token}"  env:"GAVEL_HTTP_TOKEN"  help:"File whose first line is the token that shows the page and the log on --http; without one both are for this host alone." name:"http-token" placeholder:"FILE"`
	Grace         Span          `default:"${grace}"       env:"GAVEL_GRACE"       help:"How long running submissions may go on after SIGTERM."                    placeholder:"TIME"`
	Pool          SubjectToken  `default:"${pool}"        env:"GAVEL_POOL"        help:"Pool of workers that this one belongs to."                                placeholder:"NAME"`
	AckWait       Span          `default:"${ack_wait}"    env:"GAVEL_ACK_WAIT"    help:"How long a worker may be silent before another one gets its submissions." placeholder:"TIME"`
	Tries         tryCount      `default:"${tries}"       env:"GAVEL_TRIES"       help:"How often a submission is tried before it becomes a judge error; a second death of the worker and each further one count as two." placeholder:"N"`
	Replicas      replicaCount  `default:"${nats_replicas}" env:"GAVEL_NATS_REPLICAS" help:"Servers of a cluster that keep each stream, where it does not exist yet." name:"nats-replicas" placeholder:"N"`
	Lanes         laneWeights   `default:"${lanes}"       env:"GAVEL_LANES"       help:"How lanes share the slots while all have work; a lane that is left out is not served."  placeholder:"LANE=WEIGHT,..."`
	MinFreeDisk   ByteSize      `default:"${min_free_disk}"   env:"GAVEL_MIN_FREE_DISK"   help:"With less free disk, or room for fewer than 10,000 files, take no submissions; 0 means do not look." placeholder:"SIZE"`
	MinFreeMemory ByteSize      `default:"${min_free_memory}" env:"GAVEL_MIN_FREE_MEMORY" help:"With less free memory on the host or in the worker's control group, take no submissions; 0 means do not look." placeholder:"SIZE"`
	Listen        listenAddress `default:"${nats_listen}" env:"GAVEL_NATS_LISTEN" help:"Address of the embedded NATS server."                                      name:"nats-listen" placeholder:"HOST:PORT"`
	Sync          Span          `default:"${nats_sync}"   env:"GAVEL_NATS_SYNC"   help:"How often the embedded NATS server writes through to the disk; 0 means before it says that it has a message." name:"nats-sync" placeholder:"TIME"`
	Expose        bool          `default:"${nats_expose}" env:"GAVEL_NATS_EXPOSE" help:"Allow an address beyond loopback for the embedded NATS server, which has no TLS. Its key is asked for there too." name:"nats-expose"`
}

// Check refuses what one flag alone cannot know, and what the worker could not run with.
func (s Serving) Check() error {
	if err := CheckDirectory(s.Problems); err != nil {
		return exit.Usage(fmt.Errorf("--problems: %w; name the directory that holds the problem packages", err))
	}
	if s.ProblemCache == 0 {
		return exit.Usage(errors.New("--problem-cache 0: packages are judged from there; allow some, such as 10GiB"))
	}
	if s.Pool == "" {
		return exit.Usage(errors.New("--pool is empty; leave it out for the pool named default"))
	}
	if wait := s.AckWait.Duration(); wait < time.Second {
		return exit.Usage(fmt.Errorf("--ack-wait %v: a worker has to give a sign of life three times within it; allow 1s or more", wait))
	}
	return nil
}

// CheckDirectory refuses what is named and is no directory.
func CheckDirectory(path string) error {
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a directory", path)
	}
	return err
}

// Duration is the span as the standard library counts it.
func (s Span) Duration() time.Duration { return time.Duration(s) }
