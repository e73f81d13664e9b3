package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/embedded"
	"github.com/gaveloj/gavel/queue/storage"
)

// TestRetentionIsDocumented compares the table of operating.md with the streams that a new server gets.
func TestRetentionIsDocumented(t *testing.T) {
	guide, err := os.ReadFile("../configs/docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(guide)) {
		if cells := strings.Split(line, " | "); len(cells) == 5 && strings.HasPrefix(line, "| `") {
			rows[strings.Trim(cells[0], "| `")] = cells[2:4]
		}
	}
	for name, cfg := range newStreams(t) {
		row, ok := rows[name]
		if size, age := sizeWords(cfg.MaxBytes), ageWords(cfg.MaxAge); !ok || row[0] != size || row[1] != age {
			t.Errorf("operating.md says of %s: %q, want %q, %q", name, row, size, age)
		}
		delete(rows, name)
	}
	for name := range rows {
		t.Errorf("operating.md tells of %s, which there is not", name)
	}
}

// TestAlertsAreListed holds the operating guide to the alerts that there are: each is linked there.
func TestAlertsAreListed(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../configs/docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	alerts := 0
	for _, heading := range headings(t, "../configs/docs/alerts.md") {
		if !strings.HasPrefix(heading, "gavel") {
			continue
		}
		alerts++
		if !strings.Contains(string(guide), "(alerts.md#"+heading+")") {
			t.Errorf("operating.md does not link to alerts.md#%s", heading)
		}
	}
	if alerts == 0 {
		t.Error("alerts.md has no heading of an alert")
	}
}

// newStreams are the streams that workers make on a new server, by name.
func newStreams(t *testing.T) map[string]jetstream.StreamConfig {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server, err := embedded.Start(embedded.Config{Dir: t.TempDir(), Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	conn, err := client.Connect(ctx, client.Config{URL: server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := storage.Ensure(ctx, conn, 1); err != nil {
		t.Fatal(err)
	}
	found := map[string]jetstream.StreamConfig{}
	list := conn.JetStream().ListStreams(ctx)
	for info := range list.Info() {
		found[info.Config.Name] = info.Config
	}
	if err := list.Err(); err != nil || len(found) == 0 {
		t.Fatalf("streams: %v, %v", found, err)
	}
	return found
}

// sizeWords is a bound as the guide writes it.
func sizeWords(bytes int64) string {
	switch {
	case bytes <= 0:
		return "no limit"
	case bytes < 1<<30:
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d GiB", bytes>>30)
}

// ageWords is an age as the guide writes it.
func ageWords(age time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case age == 0:
		return "no limit"
	case age == time.Hour:
		return "1 hour"
	case age == day:
		return "1 day"
	}
	return fmt.Sprintf("%d days", age/day)
}
