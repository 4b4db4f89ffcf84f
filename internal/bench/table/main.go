// Command table owns the printed form of the figures. It promises one line a row, in the order they were measured, the
// last measurement of a name winning, as text or (-md) as Markdown. It never hides a row that missed its aim.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"yingda/internal/bench"
)

func main() {
	md := flag.Bool("md", false, "print Markdown")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: table [-md] FILE")
		os.Exit(2)
	}
	if err := run(os.Stdout, flag.Arg(0), *md); err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, path string, md bool) error {
	rows, err := read(path)
	if err != nil {
		return err
	}
	cells := [][]string{{"figure", "ours", "floor", "ratio", "aim", "met"}}
	missed := 0
	for _, r := range rows {
		cells = append(cells, cellsOf(r))
		if !r.Met() {
			missed++
		}
	}
	if md {
		err = markdown(w, cells)
	} else {
		err = text(w, cells)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\n%d figures, %d missed their aim.\n", len(rows), missed)
	return err
}

func read(path string) ([]bench.Row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var rows []bench.Row
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r bench.Row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("read a row: %w", err)
		}
		if i := slices.IndexFunc(rows, func(have bench.Row) bool { return have.Name == r.Name }); i >= 0 {
			rows[i] = r
			continue
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func cellsOf(r bench.Row) []string {
	floor, ratio := "", ""
	if r.Floor != 0 {
		floor, ratio = number(r.Floor)+" "+r.Unit+" "+r.FloorIs, fmt.Sprintf("%.2f", r.Ratio())
	}
	return []string{r.Name, number(r.Ours) + " " + r.Unit, floor, ratio, aim(r), met(r)}
}

func aim(r bench.Row) string {
	unit := " " + r.Unit
	if r.Floor != 0 {
		unit = " ×"
	}
	switch {
	case r.AtMost != 0:
		return "≤ " + number(r.AtMost) + unit
	case r.AtLeast != 0:
		return "≥ " + number(r.AtLeast) + unit
	}
	return ""
}

func met(r bench.Row) string {
	switch {
	case r.Informs():
		return ""
	case r.Met():
		return "yes"
	}
	return "NO"
}

// number is three digits that count, with commas where it is long.
func number(v float64) string {
	if v < 1000 {
		return fmt.Sprintf("%.3g", v)
	}
	digits := fmt.Sprintf("%.0f", v)
	var parts []string
	for len(digits) > 3 {
		parts, digits = append(parts, digits[len(digits)-3:]), digits[:len(digits)-3]
	}
	parts = append(parts, digits)
	slices.Reverse(parts)
	return strings.Join(parts, ",")
}

func text(w io.Writer, cells [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range cells {
		if _, err := fmt.Fprintln(t, strings.Join(c, "\t")); err != nil {
			return err
		}
	}
	return t.Flush()
}

func markdown(w io.Writer, cells [][]string) error {
	for i, c := range cells {
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(c, " | ")); err != nil {
			return err
		}
		if i == 0 {
			if _, err := fmt.Fprintln(w, "|"+strings.Repeat(" --- |", len(c))); err != nil {
				return err
			}
		}
	}
	return nil
}
