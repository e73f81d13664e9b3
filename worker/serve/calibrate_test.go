package serve

import (
	"strings"
	"testing"
	"time"
)

func TestCalibrate(t *testing.T) {
	c, err := calibrate()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("cpu %v ms, memory %v ms", c.CPU, c.Memory)
	// Ten times off in either direction would be a host that nobody judges on, or work that was optimised away.
	for what, ms := range map[string]float64{"cpu": c.CPU, "memory": c.Memory} {
		if ms < 2 || ms > 5000 {
			t.Errorf("%s: %v ms, want about 50", what, ms)
		}
	}
}

func TestCalibrationTakesTheFastest(t *testing.T) {
	n := 0
	d, err := fastest(func() uint64 {
		n++
		if n == 2 {
			return 7
		}
		return mix(mixSteps)*0 + 7
	}, 7)
	if err != nil || n != calibrations || d <= 0 || d > time.Second {
		t.Errorf("fastest = %v, %v after %d runs", d, err, n)
	}
	if _, err := fastest(func() uint64 { return 1 }, 2); err == nil || !strings.Contains(err.Error(), "0x1") {
		t.Errorf("fastest of a wrong result = %v", err)
	}
}

// The walk visits every cell once before it comes back: no shorter loop stays in a cache.
func TestChaseVisitsEveryCell(t *testing.T) {
	const n = 1 << 18
	cells, free, err := chaseTable(n)
	if err != nil {
		t.Fatal(err)
	}
	defer free()
	at, steps := cells[0], 1
	for ; at != 0 && steps <= n; steps++ {
		at = cells[at]
	}
	if steps != n {
		t.Errorf("the walk comes back after %d steps, want %d", steps, n)
	}
}
