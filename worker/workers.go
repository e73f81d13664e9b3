package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// workersCmd lists the registry.
type workersCmd struct {
	settings.State
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`
}

// workerLine is a worker in JSON.
type workerLine struct {
	message.WorkerInfo
	Age  float64 `json:"age_seconds"` // since its last update, by the server's clock
	Lost bool    `json:"lost"`
}

// Run ends with exit.NotOK when no worker is live.
func (c workersCmd) Run(ctx context.Context, out *terminal.Output) error {
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	workers, err := platform.Workers(ctx)
	if err != nil {
		return err
	}
	return printWorkers(out, workers)
}

func printWorkers(out *terminal.Output, workers []client.Worker) error {
	live := 0
	var rows [][]string
	for _, w := range workers {
		if w.Live() {
			live++
		}
		if out.JSON {
			if err := out.Object(workerLine{w.WorkerInfo, w.Age.Seconds(), w.Lost}); err != nil {
				return err
			}
		}
		rows = append(rows, workerRow(w))
	}
	if !out.JSON && len(workers) > 0 {
		out.Listing([]string{"NAME", "STATE", "HOST", "POOL", "BUSY", "LANGUAGES", "VERSION", "CGROUP", "CPU ms", "MEMORY ms", "SEEN", ""}, rows)
	}
	if live == 0 {
		out.Notef("no live worker; start one with gavel serve")
		return exit.ErrNotOK
	}
	return nil
}

func workerRow(w client.Worker) []string {
	state, group := string(w.State), "none"
	if w.Lost {
		state = "lost"
	}
	if w.CgroupVersion > 0 {
		group = "v" + strconv.Itoa(w.CgroupVersion)
	}
	if w.Rootless {
		group += " rootless"
	}
	languages := strconv.Itoa(len(w.Languages))
	if n := len(w.LanguagesToCome); n > 0 {
		languages += fmt.Sprintf(" of %d", len(w.Languages)+n)
	}
	compute, memory := "", ""
	if c := w.Calibration; c != nil {
		compute, memory = fmt.Sprintf("%.1f", c.CPU), fmt.Sprintf("%.1f", c.Memory)
	}
	return []string{
		w.Name, state, w.Host, w.Pool, fmt.Sprintf("%d/%d", w.Busy, w.Slots), languages, w.Gavel,
		group, compute, memory, w.Age.Round(time.Second).String() + " ago", w.Reason,
	}
}
