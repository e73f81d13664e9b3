package queue

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// gauges reads a metric by pool and lane.
func gauges(t testing.TB, reg *prometheus.Registry, name string) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, series := range family.Metric {
			var key strings.Builder
			for _, label := range series.Label {
				key.WriteString(label.GetName() + "=" + label.GetValue() + " ")
			}
			found[key.String()] = series.Gauge.GetValue()
		}
	}
	return found
}

// What waits in a lane is told, and for how long, even though nothing is ever delivered.
func TestBacklogsAreTold(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	register(t, conn, RegistryConfig{Info: readyWorker("b-me")})
	l := newLookout(t, conn, "b-me")
	before := time.Now()
	storeAnyway(t, conn, message.DefaultPool, message.LaneContest, queuetest.Submission("s1"))
	storeAnyway(t, conn, message.DefaultPool, message.LaneContest, queuetest.Submission("arena.s1"))
	storeAnyway(t, conn, message.DefaultPool, message.LaneContest, queuetest.Submission("arena.s2"))
	storeAnyway(t, conn, message.DefaultPool, message.LaneRejudge, queuetest.Submission("s2"))
	storeAnyway(t, conn, "gpu", message.LaneContest, queuetest.Submission("nobody")) // stranded
	l.look(t)

	const contest, rejudge = "lane=contest pool=default ", "lane=rejudge pool=default "
	want := map[string]float64{contest: 3, rejudge: 1}
	if diff := cmp.Diff(want, gauges(t, l.reg, metrics.NameQueueSubmissions)); diff != "" {
		t.Errorf("submissions (-want +got):\n%s", diff)
	}
	oldest := gauges(t, l.reg, metrics.NameQueueOldest)
	if since := time.Since(before).Seconds(); len(oldest) != 2 || oldest[contest] <= oldest[rejudge] || oldest[rejudge] <= 0 ||
		oldest[contest] > since {
		t.Errorf("oldest after %v s: %v, want both lanes, contest the older", since, oldest)
	}

	// Of several workers, the first one tells it.
	register(t, conn, RegistryConfig{Info: readyWorker("a-first")})
	l.look(t)
	if left := gauges(t, l.reg, metrics.NameQueueSubmissions); len(left) != 0 {
		t.Errorf("the second worker tells %v", left)
	}
}
