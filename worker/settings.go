package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/worker/exit"
)

// The settings of configs/worker.yaml, grouped by the commands that take them. Each is a flag, an environment
// variable and a key of the configuration file under one name; the defaults come from the file in the binary.

// stateSettings say where this host keeps the worker's state.
type stateSettings struct {
	StateDir string `default:"${state_dir}" env:"GAVEL_STATE_DIR" group:"common" help:"Directory of the queue, caches and temporary files; by default /var/lib/gavel for root, else $$XDG_STATE_HOME/gavel." placeholder:"DIR"`
}

// dir is the state directory, absolute.
func (s stateSettings) dir() (string, error) {
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

// namespaceSettings say in which namespace identifiers are.
type namespaceSettings struct {
	Namespace subjectToken `env:"GAVEL_NAMESPACE" help:"Namespace of identifiers that have none: s1 means NAME.s1. A server with accounts gives one to each platform." placeholder:"NAME"`
}

// id is an identifier with its namespace.
func (s namespaceSettings) id(id submissionID) string {
	if s.Namespace == "" || id == "" || strings.Contains(string(id), ".") {
		return string(id)
	}
	return string(s.Namespace) + "." + string(id)
}

// packageSettings say how problem packages are read.
type packageSettings struct {
	Include string `default:"${include}" env:"GAVEL_INCLUDE" help:"Directory with headers that problem packages may leave out: testlib.h." placeholder:"DIR"`
}

// readWith is what packages are read with; archives are unpacked in the directory temp.
func (s packageSettings) readWith(temp string) problem.Options {
	o := problem.Options{Temp: temp}
	if s.Include != "" {
		o.Include = []string{s.Include}
	}
	return o
}

// judgeSettings say how this host judges.
type judgeSettings struct {
	packageSettings
	Slots     slotCount `default:"${slots}"     env:"GAVEL_SLOTS"     help:"Programs that run at once; 0 means one for each usable core."          placeholder:"N"`
	Pin       bool      `default:"${pin}"       env:"GAVEL_PIN"       help:"Bind each container to a core of its own."                             negatable:""`
	Languages string    `default:"${languages}" env:"GAVEL_LANGUAGES" help:"Language table in place of the built-in one (configs/languages.yaml)." placeholder:"FILE"`
	Python    string    `default:"${python}"    env:"GAVEL_PYTHON"    help:"What runs Python 3 where nobody names a language by its ID, and what packages have in it: pypy where it is installed, or cpython." enum:"pypy,cpython" placeholder:"pypy|cpython"`
}

// logSettings say what is logged and how.
type logSettings struct {
	Level  string `default:"${log_level}"  enum:"debug,info,warn,error" env:"GAVEL_LOG_LEVEL"  help:"Least level that is logged: ${enum}."`
	Format string `default:"${log_format}" enum:"auto,json,text"        env:"GAVEL_LOG_FORMAT" help:"How it is logged: ${enum}."`
}

// workerSettings belong to serve alone.
type workerSettings struct {
	Name          subjectToken  `default:"${name}"        env:"GAVEL_NAME"        help:"Name in verdicts and logs; by default host name and process id."          placeholder:"NAME"`
	Problems      string        `default:"${problems}"    env:"GAVEL_PROBLEMS"    help:"Directory whose entries are problem packages; those in the store need none." placeholder:"DIR"`
	ProblemCache  byteSize      `default:"${problem_cache}" env:"GAVEL_PROBLEM_CACHE" help:"Bytes of packages from the store that are kept on disk."   placeholder:"SIZE"`
	HTTP          listenAddress `default:"${http}"        env:"GAVEL_HTTP"        help:"Address of /metrics, /healthz and /readyz."                               name:"http" placeholder:"HOST:PORT"`
	Grace         span          `default:"${grace}"       env:"GAVEL_GRACE"       help:"How long running submissions may go on after SIGTERM."                    placeholder:"TIME"`
	Pool          subjectToken  `default:"${pool}"        env:"GAVEL_POOL"        help:"Pool of workers that this one belongs to."                                placeholder:"NAME"`
	AckWait       span          `default:"${ack_wait}"    env:"GAVEL_ACK_WAIT"    help:"How long a worker may be silent before another one gets its submissions." placeholder:"TIME"`
	Tries         tryCount      `default:"${tries}"       env:"GAVEL_TRIES"       help:"How often a submission is tried before it becomes a judge error; a second death of the worker and each further one count as two." placeholder:"N"`
	Replicas      replicaCount  `default:"${nats_replicas}" env:"GAVEL_NATS_REPLICAS" help:"Servers of a cluster that keep each stream, where it does not exist yet." name:"nats-replicas" placeholder:"N"`
	Lanes         laneWeights   `default:"${lanes}"       env:"GAVEL_LANES"       help:"How lanes share the slots while all have work; a lane that is left out is not served."  placeholder:"LANE=WEIGHT,..."`
	MinFreeDisk   byteSize      `default:"${min_free_disk}"   env:"GAVEL_MIN_FREE_DISK"   help:"With less free disk, or room for fewer than 10,000 files, take no submissions; 0 means do not look." placeholder:"SIZE"`
	MinFreeMemory byteSize      `default:"${min_free_memory}" env:"GAVEL_MIN_FREE_MEMORY" help:"With less free memory on the host or in the worker's control group, take no submissions; 0 means do not look." placeholder:"SIZE"`
	Listen        listenAddress `default:"${nats_listen}" env:"GAVEL_NATS_LISTEN" help:"Address of the embedded NATS server."                                      name:"nats-listen" placeholder:"HOST:PORT"`
	Sync          span          `default:"${nats_sync}"   env:"GAVEL_NATS_SYNC"   help:"How often the embedded NATS server writes through to the disk; 0 means before it says that it has a message." name:"nats-sync" placeholder:"TIME"`
	Expose        bool          `default:"${nats_expose}" env:"GAVEL_NATS_EXPOSE" help:"Allow an address beyond loopback for the embedded NATS server, which has no TLS. Its key is asked for there too." name:"nats-expose"`
}

func (s workerSettings) validate() error {
	if err := checkDirectory(s.Problems); err != nil {
		return exit.Usage(fmt.Errorf("--problems: %w; name the directory that holds the problem packages", err))
	}
	if s.ProblemCache == 0 {
		return exit.Usage(errors.New("--problem-cache 0: packages are judged from there; allow some, such as 10GiB"))
	}
	if s.Pool == "" {
		return exit.Usage(errors.New("--pool is empty; leave it out for the pool named default"))
	}
	if wait := s.AckWait.duration(); wait < time.Second {
		return exit.Usage(fmt.Errorf("--ack-wait %v: a worker has to give a sign of life three times within it; allow 1s or more", wait))
	}
	return nil
}

// checkDirectory refuses what is named and is no directory.
func checkDirectory(path string) error {
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a directory", path)
	}
	return err
}

func (s span) duration() time.Duration { return time.Duration(s) }
