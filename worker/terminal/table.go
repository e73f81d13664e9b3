package terminal

import (
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// gap is what is between two columns of a table.
const gap = "  "

// leastColumn is how narrow the widest columns of a Listing may get, in columns of the terminal, before each row is shown as lines.
const leastColumn = 10

// Table prints rows with aligned columns. On a terminal no line is wider than that: the cells of the widest columns go on below.
// Elsewhere each row is one line.
func (o *Output) Table(rows [][]string) { o.printTable(rows, nil) }

// Row prints one row of a table whose rows come one after the other; widths are those of its columns, as far as they are known
// before. What the row says at its end, and has no column of its own for, goes below where a terminal has no room for it.
func (o *Output) Row(widths []int, cells []string, rest string) {
	if rest == "" {
		o.printTable([][]string{cells}, widths)
		return
	}
	whole := append(slices.Clone(cells), rest)
	columns := o.Columns()
	if columns == 0 || total(naturalWidths([][]string{whole}, widths)) <= columns {
		o.printTable([][]string{whole}, widths)
		return
	}
	o.printTable([][]string{cells}, widths)
	o.printTable([][]string{{"   ", rest}}, nil)
}

// Listing prints rows below the names of their columns. Where a terminal is too narrow for that, each row is shown as lines of
// name and value.
func (o *Output) Listing(names []string, rows [][]string) {
	all := append([][]string{names}, rows...)
	columns := o.Columns()
	natural := naturalWidths(all, nil)
	if columns == 0 || total(natural) <= columns || slices.Max(fit(natural, columns)) >= leastColumn {
		o.Table(all)
		return
	}
	for i, row := range rows {
		if i > 0 {
			o.Linef("")
		}
		o.Table(record(names, row))
	}
}

// record is a row as lines of name and value, without those that are empty.
func record(names, row []string) (lines [][]string) {
	for i, cell := range row {
		if cell != "" {
			lines = append(lines, []string{names[i], cell})
		}
	}
	return lines
}

func (o *Output) printTable(rows [][]string, least []int) {
	for _, line := range layOut(rows, least, o.Columns(), text.WrapSoft) {
		o.Linef("%s", line)
	}
}

// Columns is how many columns the terminal at stdout has; 0 where there is none, or it does not tell.
func (o *Output) Columns() int {
	if o.width == nil {
		return 0
	}
	return max(o.width(), 0)
}

// Columns makes one line of each row, with aligned columns. The widest cells are cut so that no line is wider than columns; 0
// means that there is room for all.
func Columns(rows [][]string, columns int) []string { return layOut(rows, nil, columns, Cut) }

// layOut makes lines of rows, in columns that are least wide or more, and together no wider than columns unless that is 0. What does
// not fit its column goes through narrow.
func layOut(rows [][]string, least []int, columns int, narrow table.WidthEnforcer) []string {
	if len(rows) == 0 {
		return nil
	}
	natural := naturalWidths(rows, least)
	widths := natural
	if columns > 0 {
		widths = fit(natural, columns)
	}
	w := table.NewWriter()
	w.SetStyle(table.Style{Box: table.BoxStyle{MiddleVertical: gap}, Options: table.Options{SeparateColumns: true}})
	w.SuppressTrailingSpaces()
	configs := make([]table.ColumnConfig, len(widths))
	for i, width := range widths {
		configs[i] = table.ColumnConfig{Number: i + 1, WidthMin: width, WidthMax: width, WidthMaxEnforcer: narrow}
	}
	w.SetColumnConfigs(configs)
	for _, row := range rows {
		cells := make(table.Row, len(row))
		for i, cell := range row {
			cells[i] = cell
		}
		w.AppendRow(cells)
	}
	return strings.Split(w.Render(), "\n")
}

// naturalWidths are those of columns with room for every cell, and at least those of least.
func naturalWidths(rows [][]string, least []int) []int {
	widths := slices.Clone(least)
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], text.LongestLineLen(cell))
		}
	}
	return widths
}

// total is how wide a table with such columns is.
func total(widths []int) int {
	sum := len(gap) * max(len(widths)-1, 0)
	for _, width := range widths {
		sum += width
	}
	return sum
}

// fit makes the widest columns narrower until the table is no wider than columns, and leaves the narrow ones as they are. The
// first, which mostly has a name, comes last, when all others are narrow. None gets narrower than a wide character.
func fit(natural []int, columns int) []int {
	widths := make([]int, len(natural))
	for i, width := range natural {
		widths[i] = min(width, columns)
	}
	for total(widths) > columns {
		widest := len(widths) - 1
		for i := 1; i < len(widths); i++ {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= leastColumn && widths[0] > widths[widest] {
			widest = 0
		}
		if widths[widest] <= 2 {
			break
		}
		widths[widest]--
	}
	return widths
}
