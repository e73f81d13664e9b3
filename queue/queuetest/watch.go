package queuetest

import (
	"testing"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
)

// Watch reads the events of an attempt up to the last.
func Watch(t testing.TB, conn *client.Conn, id string) []api.Event {
	t.Helper()
	var events []api.Event
	for e, err := range client.New(conn).Watch(Context(t), id, client.Current) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
		if e.Stage == api.StageDone {
			break
		}
	}
	return events
}
