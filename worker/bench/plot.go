package bench

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/gaveloj/gavel/worker/wholefile"
)

//go:embed plot.svg
var plotText string

// plotTemplate draws figures that were measured after several pauses: a panel for each group, a line for each kind of run.
var plotTemplate = template.Must(template.New("plot").Parse(plotText))

// Sizes of a panel, in the units of the picture.
const (
	panelWidth  = 420.0
	panelHeight = 260.0
)

type panel struct {
	Left          float64 // of its axes
	Title         string
	Lines         []line
	Pauses, Marks []mark // of the two axes
}

type line struct {
	Name   string
	Class  int // which colour
	Y      float64
	Points string // as SVG has them
}

type mark struct {
	At   float64
	Text string
}

// writePlot writes the picture.
func writePlot(name string, figures []Figure) error {
	var panels []panel
	for _, group := range []string{"run", "busy"} {
		if p, ok := drawPanel(group, figures); ok {
			p.Left = 70 + float64(len(panels))*(panelWidth+90)
			panels = append(panels, p)
		}
	}
	return wholefile.Write(name, func(w io.Writer) error {
		return plotTemplate.Execute(w, struct {
			Width, Height, PanelWidth float64
			Panels                    []panel
		}{float64(len(panels)) * (panelWidth + 90), panelHeight + 130, panelWidth, panels})
	})
}

// drawPanel draws the figures of one group.
func drawPanel(group string, figures []Figure) (panel, bool) {
	p := panel{Title: map[string]string{"run": "Idle host", "busy": "Every core has other work"}[group]}
	var pauses []int64
	kinds := map[string][]float64{} // medians in the order of pauses
	var names []string
	most := 0.0
	for _, f := range figures {
		if f.Group != group {
			continue
		}
		kind := f.Name[:strings.LastIndex(f.Name, ", ")] // without the pause
		if kinds[kind] == nil {
			names = append(names, kind)
		}
		kinds[kind] = append(kinds[kind], f.Median)
		if len(pauses) == 0 || pauses[len(pauses)-1] != f.GapUsec {
			pauses = append(pauses, f.GapUsec)
		}
		most = max(most, f.Median)
	}
	if len(pauses) == 0 {
		return p, false
	}
	across := func(i int) float64 { return panelWidth * (float64(i) + 0.5) / float64(len(pauses)) }
	step := niceStep(most / 5)
	top := step
	for top < most {
		top += step
	}
	up := func(value float64) float64 { return panelHeight * (1 - value/top) }
	for value := 0.0; value <= top; value += step {
		p.Marks = append(p.Marks, mark{up(value), fmt.Sprintf("%.0f µs", value)})
	}
	for i, pause := range pauses {
		p.Pauses = append(p.Pauses, mark{across(i), (time.Duration(pause) * time.Microsecond).String()})
	}
	for class, name := range names {
		l := line{Name: name, Class: class, Y: panelHeight + 60 + float64(class)*18}
		for i, value := range kinds[name] {
			l.Points += fmt.Sprintf("%.1f,%.1f ", across(i), up(value))
		}
		p.Lines = append(p.Lines, l)
	}
	return p, true
}

// niceStep is the next number above value that is 1, 2 or 5 times a power of ten.
func niceStep(value float64) float64 {
	for power := 1.0; ; power *= 10 {
		for _, digit := range []float64{1, 2, 5} {
			if digit*power >= value {
				return digit * power
			}
		}
	}
}
