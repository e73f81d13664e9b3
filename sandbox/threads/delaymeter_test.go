package threads

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

const ms = time.Millisecond

// The delay of a run is what its host kept from all of its threads together, whichever of them waits for which.
func TestDelayMeter(t *testing.T) {
	t.Parallel()
	type look struct {
		threads map[string]Times
		cpu     time.Duration // of the run
	}
	for name, tt := range map[string]struct {
		looks []look
		want  time.Duration
	}{
		"nothing": {[]look{{nil, 0}}, 0},
		"the first thread computes": {[]look{
			{map[string]Times{"1": {ran: 20 * ms, waited: 80 * ms}}, 20 * ms},
			{map[string]Times{"1": {ran: 40 * ms, waited: 160 * ms}}, 40 * ms},
		}, 160 * ms},
		"a second one does": {[]look{
			{map[string]Times{"1": {ran: 1 * ms}, "2": {ran: 20 * ms, waited: 80 * ms}}, 21 * ms},
		}, 79 * ms},
		"one waits for another": {[]look{ // alone on their core
			{map[string]Times{"1": {ran: 50 * ms, waited: 50 * ms}, "2": {ran: 50 * ms, waited: 50 * ms}}, 100 * ms},
		}, 0},
		"many burst and wait for each other": {[]look{
			{map[string]Times{"1": {ran: 10 * ms, waited: 30 * ms}, "2": {ran: 10 * ms, waited: 30 * ms}, "3": {ran: 10 * ms, waited: 30 * ms}, "4": {ran: 10 * ms, waited: 30 * ms}}, 40 * ms},
		}, 0},
		"two want a core all the time": {[]look{ // of 100 ms, 10 each
			{map[string]Times{"1": {ran: 10 * ms, waited: 90 * ms}, "2": {ran: 10 * ms, waited: 90 * ms}}, 20 * ms},
		}, 80 * ms},
		"two take turns": {[]look{
			{map[string]Times{"1": {ran: 10 * ms, waited: 90 * ms, ready: true}, "2": {}}, 10 * ms},
			{map[string]Times{"1": {ran: 10 * ms, waited: 90 * ms}, "2": {ran: 10 * ms, waited: 90 * ms, ready: true}}, 20 * ms},
			{map[string]Times{"1": {ran: 20 * ms, waited: 180 * ms, ready: true}, "2": {ran: 10 * ms, waited: 90 * ms}}, 30 * ms},
		}, 270 * ms},
		"one waits for another over several looks": {[]look{
			{map[string]Times{"1": {ready: true}, "2": {ran: 20 * ms, ready: true}}, 20 * ms},
			{map[string]Times{"1": {ready: true}, "2": {ran: 40 * ms, ready: true}}, 40 * ms},
			{map[string]Times{"1": {ran: 5 * ms, waited: 40 * ms}, "2": {ran: 40 * ms}}, 45 * ms},
		}, 0},
		"one begins to wait for another before a look": {[]look{
			{map[string]Times{"1": {ran: 5 * ms, ready: true}, "2": {ran: 5 * ms, ready: true}}, 10 * ms},
			{map[string]Times{"1": {ran: 6 * ms, waited: 19 * ms}, "2": {ran: 24 * ms}}, 30 * ms},
		}, 0},
		"what has ended keeps its credit": {[]look{
			{map[string]Times{"1": {}, "2": {ran: 10 * ms, waited: 90 * ms}}, 10 * ms},
			{map[string]Times{"1": {}, "3": {ran: 10 * ms, waited: 90 * ms}}, 20 * ms},
			{map[string]Times{"1": {}}, 20 * ms},
		}, 180 * ms},
		"who ran and has ended is counted": {[]look{
			{map[string]Times{"1": {}}, 0},
			{map[string]Times{"1": {waited: 50 * ms}}, 50 * ms},
		}, 0},
		"a number that is used again": {[]look{
			{map[string]Times{"1": {ran: 10 * ms, waited: 90 * ms}}, 10 * ms},
			{map[string]Times{"1": {ran: 1 * ms, waited: 40 * ms}}, 11 * ms},
		}, 130 * ms},
		"all sleep": {[]look{
			{map[string]Times{"1": {ran: ms}, "2": {ran: ms}}, 2 * ms},
			{map[string]Times{"1": {ran: ms}, "2": {ran: ms}}, 2 * ms},
		}, 0},
		"CPU time is not known": {[]look{
			{map[string]Times{"1": {ran: 10 * ms, waited: 90 * ms}}, 0},
			{map[string]Times{"1": {ran: 20 * ms, waited: 180 * ms}}, 0},
		}, 180 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var m DelayMeter
			for _, l := range tt.looks {
				m.Add(l.threads, l.cpu)
			}
			if m.Total != tt.want {
				t.Errorf("delay %v, want %v", m.Total, tt.want)
			}
		})
	}
}

func TestReadThreadTimes(t *testing.T) {
	t.Parallel()
	dir := fmt.Sprintf("/proc/%d/task/%d", os.Getpid(), os.Getpid())
	if got, ok := ReadTimes(dir); ok && (got.ran <= 0 || got.waited < 0 || got.waited > time.Hour) {
		t.Errorf("readThreadTimes(%s) = %+v", dir, got)
	}
	if got, ok := ReadTimes("/proc/self/task/" + strconv.Itoa(1<<30)); ok {
		t.Errorf("readThreadTimes of no thread = %+v", got)
	}
}
