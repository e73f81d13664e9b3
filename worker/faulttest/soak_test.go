package faulttest

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// soakDepth is how many submissions wait while the workers are soaked: enough that no slot is ever idle.
const soakDepth = 30

// TestSoak keeps the whole installation at full load for the time that GAVEL_FAULT_SOAK says, and holds what its processes
// have to what they had before: the mean of the last third of the time against that of the third before.
func TestSoak(t *testing.T) {
	text := os.Getenv("GAVEL_FAULT_SOAK")
	if text == "" {
		t.Skip("takes long: make soak-faults")
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("GAVEL_FAULT_SOAK: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), d+15*time.Minute)
	defer cancel()
	s := newSite(t, false)
	samples, total := s.soak(ctx, t, d)
	result := s.check(ctx, total)
	fmt.Printf("\n%d submissions in %v, verdicts %d, doubles %d, losses %d, wrong %d\n",
		total, d, result.verdicts, result.doubles, result.losses, result.wrong)
	for _, err := range append(append(flat(samples, float64(total*len(s.servers))), result.errs...), s.checkHost(ctx)...) {
		if err != nil {
			t.Error(err)
		}
	}
}

// soak loads the workers, and takes stock a hundred times meanwhile.
func (s *site) soak(ctx context.Context, t *testing.T, d time.Duration) (samples []stock, total int) {
	const most = 1 << 20
	publishers := startPublishers(ctx, s.conn, 16, most)
	observer := startObserver(ctx, s.conn)
	loadCtx, stop := context.WithTimeout(ctx, d)
	defer stop()
	var loading sync.WaitGroup
	loading.Go(func() {
		for loadCtx.Err() == nil {
			for ; total < observer.count()+soakDepth; total++ {
				publishers.orders <- total
			}
			pause(loadCtx, 20*time.Millisecond)
		}
	})
	for pause(loadCtx, d/100) {
		one, err := s.takeStock()
		if err != nil {
			t.Error(err)
			continue
		}
		samples = append(samples, one)
	}
	loading.Wait()
	publishers.finish()
	err := poll(ctx, 5*time.Minute, "every submission has a verdict", func() bool { return observer.count() >= total })
	if err != nil {
		t.Error(err)
	}
	observer.finish()
	return samples, total
}

// stock is what there is, by what it is.
type stock map[string]float64

// takeStock counts what the processes of the installation hold, the sum over all workers and over all servers.
func (s *site) takeStock() (stock, error) {
	all := stock{}
	for _, w := range s.workers {
		if err := all.addMetrics(w.http() + "/metrics"); err != nil {
			return nil, err
		}
		all["mounts that workers see"] += countLines(fmt.Sprintf("/proc/%d/mountinfo", w.pid()))
	}
	for _, server := range s.servers {
		fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", server.pid()))
		if err != nil {
			return nil, err
		}
		all["servers: descriptors"] += float64(len(fds))
		all[serverMemory] += residentMiB(server.pid())
	}
	below := descendants(s.workers)
	all["control groups"] = float64(countGroups(treesOf(below)))
	all["processes below workers"] = float64(len(below))
	return all, nil
}

func (s stock) addMetrics(url string) error {
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	names := map[string]string{
		"go_goroutines": "workers: goroutines", "process_open_fds": "workers: descriptors",
		"process_resident_memory_bytes": "workers: memory, MiB", "go_memstats_heap_inuse_bytes": "workers: heap, MiB",
	}
	scanner := bufio.NewScanner(response.Body)
	for scanner.Scan() {
		name, text, _ := strings.Cut(scanner.Text(), " ")
		what, wanted := names[name]
		if !wanted {
			continue
		}
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%s: %w", url, err)
		}
		if strings.HasSuffix(what, "MiB") {
			value /= 1 << 20
		}
		s[what] += value
	}
	return scanner.Err()
}

func countLines(file string) float64 {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0 // the process is gone, which others notice
	}
	return float64(strings.Count(string(data), "\n"))
}

func residentMiB(pid int) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(data))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseFloat(fields[1], 64)
	if err != nil {
		return 0
	}
	return pages * float64(os.Getpagesize()) / (1 << 20)
}

// serverMemory grows with what the servers keep: verdicts for 30 days, events for one, and an index of their subjects. So it is
// held to keptMost for each submission that one server keeps, in KiB. Measured: 5.0 (November 2026, nats-server 2.15,
// 22,600 submissions).
const (
	serverMemory = "servers: memory, MiB"
	keptMost     = 8.0
	warm         = 64.0 // MiB that servers take while they warm up, whatever they keep
)

// growth is how much more of something the last third of a soak may have than the one before: a tenth, and a little.
const growth, little = 1.1, 8

// flat prints how the samples went, and complains about what grew. kept is how many submissions are stored in the end, each
// copy counted.
func flat(samples []stock, kept float64) []error {
	third := len(samples) / 3
	if third == 0 {
		return []error{fmt.Errorf("%d samples are too few", len(samples))}
	}
	var errs []error
	fmt.Printf("\n%-28s %10s %10s %10s %10s\n", "", "first", "second", "last third", "most")
	for _, what := range slices.Sorted(maps.Keys(samples[0])) {
		var means [3]float64
		most := 0.0
		for i, one := range samples[:3*third] {
			means[i/third] += one[what] / float64(third)
			most = max(most, one[what])
		}
		fmt.Printf("%-28s %10.1f %10.1f %10.1f %10.1f\n", what, means[0], means[1], means[2], most)
		if what == serverMemory {
			// From the middle of the first third to that of the last, two thirds of all are stored.
			grown, stored := means[2]-means[0], kept*2/3
			fmt.Printf("%-28s %10.1f KiB for each submission that a server keeps\n", "", grown*1024/stored)
			if grown > warm+stored*keptMost/1024 {
				errs = append(errs, fmt.Errorf("servers grew by %.1f MiB while they stored %.0f submissions", grown, stored))
			}
			continue
		}
		if means[2] > means[1]*growth+little {
			errs = append(errs, fmt.Errorf("%s grew from %.1f to %.1f", what, means[1], means[2]))
		}
	}
	return errs
}
