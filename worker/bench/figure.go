package bench

import (
	"fmt"
	"slices"
	"time"
)

// Figure is one result. The names are a contract with scripts; schema: configs/schemas/bench.json.
type Figure struct {
	Group string `json:"group"`
	Name  string `json:"name"`
	// Unit is us, MiB or /s.
	Unit string `json:"unit"`
	// Median and the quartiles are of Count measurements.
	Median float64 `json:"median"`
	Lower  float64 `json:"lower_quartile"`
	Upper  float64 `json:"upper_quartile"`
	Count  int     `json:"count"`
	// Ratio is Median divided by that of the figure RatioTo, of the same group; both are left out where it is compared with
	// nothing.
	Ratio   float64 `json:"ratio,omitempty"`
	RatioTo string  `json:"ratio_to,omitempty"`
	// GapUsec is how long the host rested before each measurement, where that is varied.
	GapUsec int64 `json:"gap_us,omitempty"`
}

// newFigure takes the median and the quartiles of values, which it sorts.
func newFigure(group, name, unit string, values []float64) Figure {
	slices.Sort(values)
	at := func(part float64) float64 {
		// Between the two neighbours, by how near each is.
		exact := part * float64(len(values)-1)
		low := int(exact)
		high := min(low+1, len(values)-1)
		return values[low] + (values[high]-values[low])*(exact-float64(low))
	}
	return Figure{Group: group, Name: name, Unit: unit, Median: at(0.5), Lower: at(0.25), Upper: at(0.75), Count: len(values)}
}

// to compares a figure with another.
func (f Figure) to(base Figure) Figure {
	f.Ratio, f.RatioTo = f.Median/base.Median, base.Name
	return f
}

// String is the sentence for people.
func (f Figure) String() string {
	factor, unit := f.scale()
	text := f.Name + ": " + significant(f.Median*factor) + unit
	if f.Count > 1 {
		text += " (" + significant(f.Lower*factor) + " to " + significant(f.Upper*factor) + ")"
	}
	if f.RatioTo != "" {
		text += fmt.Sprintf(", %.2f times %s", f.Ratio, f.RatioTo)
	}
	return text
}

// scale is what to multiply the numbers by for people, and the unit behind them.
func (f Figure) scale() (factor float64, unit string) {
	switch {
	case f.Unit == "us" && f.Median >= 1000:
		return 1e-3, " ms"
	case f.Unit == "us":
		return 1, " µs"
	case f.Unit == "/s":
		return 1, "/s"
	}
	return 1, " " + f.Unit
}

// significant is a number in three digits or so.
func significant(value float64) string {
	switch {
	case value >= 100:
		return fmt.Sprintf("%.0f", value)
	case value >= 10:
		return fmt.Sprintf("%.1f", value)
	}
	return fmt.Sprintf("%.2f", value)
}

func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
