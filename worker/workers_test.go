package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

func knownWorkers() []client.Worker {
	return []client.Worker{
		{
			WorkerInfo: message.WorkerInfo{
				Name: "one", Host: "alpha", Pool: "default", State: message.WorkerPaused, Reason: "disk of /x: none", Busy: 1, Slots: 4,
				Gavel: "v1", CgroupVersion: 1, Rootless: true, Calibration: &message.Calibration{CPU: 50.04, Memory: 60},
				Languages: []message.LanguageInfo{{ID: "c", Name: "C"}},
			},
			Age: 3*time.Second + 200*time.Millisecond,
		},
		{WorkerInfo: message.WorkerInfo{Name: "two", Host: "beta", Pool: "gpu", State: message.WorkerReady}, Age: time.Minute, Lost: true},
		{WorkerInfo: message.WorkerInfo{Name: "three", Host: "beta", Pool: "gpu", State: message.WorkerStopped}, Age: time.Minute},
	}
}

func TestPrintWorkers(t *testing.T) {
	for _, test := range []struct {
		name    string
		json    bool
		workers []client.Worker
		live    bool
		want    []string
	}{
		{
			"table", false, knownWorkers(), true,
			[]string{
				"one    paused   alpha  default  1/4   1          v1       v1 rootless  50.0    60.0       3s ago    disk of /x: none\n",
				"two    lost     beta   gpu      0/0   0                   none                            1m0s ago\n",
				"three  stopped  beta ",
			},
		},
		{"lost and stopped alone", false, knownWorkers()[1:], false, []string{"two    lost"}},
		{"none", false, nil, false, nil},
		{"JSON", true, knownWorkers(), true, []string{`{"version":0,"name":"one",`, `"age_seconds":3.2,"lost":false}`, `"age_seconds":60,"lost":true}`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			err := printWorkers(&terminal.Output{Stdout: &stdout, Stderr: &stderr, JSON: test.json}, test.workers)
			if (err == nil) != test.live || err != nil && !errors.Is(err, exit.ErrNotOK) {
				t.Errorf("printWorkers = %v, want live %v", err, test.live)
			}
			for _, want := range test.want {
				if !strings.Contains(stdout.String(), want) {
					t.Errorf("output lacks %q:\n%s", want, stdout.String())
				}
			}
			if test.live != (stderr.Len() == 0) {
				t.Errorf("remarks: %q", stderr.String())
			}
		})
	}
}

func TestHomeStaysWithTheState(t *testing.T) {
	s := &state.Dir{Path: t.TempDir()}
	first, err := s.Identity()
	if err != nil || first == "" {
		t.Fatalf("home = %q, %v", first, err)
	}
	if again, err := s.Identity(); err != nil || again != first {
		t.Errorf("home = %q, %v the second time, want %q", again, err, first)
	}
	other := &state.Dir{Path: t.TempDir()}
	if got, err := other.Identity(); err != nil || got == first {
		t.Errorf("home of another directory = %q, %v", got, err)
	}
	if _, err := (&state.Dir{Path: "/nowhere"}).Identity(); err == nil {
		t.Error("home of a directory that is not there = nil error")
	}
}
