package faulttest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// line is what the faults of one kind came to.
type line struct {
	count int
	// next is the longest time from a fault to the next verdict, rest to the verdict of the last submission that was
	// waiting or being judged when it came.
	next, rest time.Duration
}

// table says for each kind of fault what it did to the verdicts.
func table(faults []injected, accepted, seen map[string]time.Time) map[string]line {
	lines := map[string]line{}
	for _, f := range faults {
		kind, _, _ := strings.Cut(f.kind, ":")
		l := lines[kind]
		l.count++
		next := time.Duration(0)
		for id, at := range seen {
			delay := at.Sub(f.at)
			if delay < 0 {
				continue
			}
			if next == 0 || delay < next {
				next = delay
			}
			if accepted[id].Before(f.at) {
				l.rest = max(l.rest, delay)
			}
		}
		l.next = max(l.next, next)
		lines[kind] = l
	}
	return lines
}

func printTable(lines map[string]line, r result, retries int) {
	var names []string
	total := 0
	for name, l := range lines {
		names = append(names, name)
		total += l.count
	}
	slices.Sort(names)
	fmt.Printf("\n%-30s %6s %16s %16s\n", "fault", "times", "next verdict", "last of waiting")
	for _, name := range names {
		l := lines[name]
		fmt.Printf("%-30s %6d %15.1fs %15.1fs\n", name, l.count, l.next.Seconds(), l.rest.Seconds())
	}
	fmt.Printf("%-30s %6d\n\n", "all", total)
	fmt.Printf("accepted %d (publishers tried again %d times), verdicts %d, doubles %d, losses %d, wrong %d\n\n",
		r.accepted, retries, r.verdicts, r.doubles, r.losses, r.wrong)
}
