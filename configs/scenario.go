package configs

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"yingda/router"
)

// LoadScenario reads a scenario for `yingda route simulate`, the histories it names with it. Its errors name file, line
// and key of each thing that is wrong, and what is allowed.
func LoadScenario(file string) (router.Scenario, error) {
	s, lines, err := ReadDocument[router.Scenario](file)
	if err != nil {
		return router.Scenario{}, err
	}
	l := loader{places: map[string]string{}}
	for path, line := range lines {
		l.places[path] = file + ":" + strconv.Itoa(line)
	}
	for i := range s.Arrivals {
		if err := readHistory(&s.Arrivals[i], filepath.Dir(file)); err != nil {
			return router.Scenario{}, l.placed(fmt.Errorf("arrivals[%d].history_file: %w", i, err))
		}
	}
	if err := errors.Join(emptyCrews(&s, lines), s.Validate()); err != nil {
		return router.Scenario{}, l.placed(err)
	}
	return s, nil
}

// emptyCrews refuses crews of nobody: a count that is missing is one agent, but one that says 0 means none.
func emptyCrews(s *router.Scenario, places map[string]int) error {
	var found []error
	for i, a := range s.Agents {
		key := fmt.Sprintf("agents[%d].count", i)
		if _, said := places[key]; said && a.Count == 0 {
			found = append(found, fmt.Errorf("%s: want 1 to 20000; leave out who is not there", key))
		}
	}
	return errors.Join(found...)
}

// maxHistory bounds a history, in rows.
const maxHistory = 5_000_000

// readHistory fills a stream's history from its file: at, and if wanted handling and patience. A first row that is no
// time is the heading.
func readHistory(s *router.Stream, beside string) error {
	if s.HistoryFile == "" {
		return nil
	}
	path := s.HistoryFile
	if !filepath.IsAbs(path) {
		path = filepath.Join(beside, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord, r.TrimLeadingSpace, r.Comment, r.ReuseRecord = -1, true, '#', true
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		got, err := recorded(row)
		switch {
		case err != nil && line == 1 && len(s.History) == 0:
		case err != nil:
			return fmt.Errorf("%s:%d: %w", path, line, err)
		case len(s.History) >= maxHistory:
			return fmt.Errorf("%s:%d: more than %d rows", path, line, maxHistory)
		default:
			s.History = append(s.History, got)
		}
	}
	if len(s.History) == 0 {
		return fmt.Errorf("%s: no rows", path)
	}
	return nil
}

func recorded(row []string) (router.Recorded, error) {
	var out router.Recorded
	for i, to := range []*time.Duration{&out.At, &out.Handling, &out.Patience} {
		if i >= len(row) || (i > 0 && row[i] == "") {
			continue
		}
		d, err := span(row[i])
		if err != nil {
			return out, fmt.Errorf("%s: %w", []string{"at", "handling", "patience"}[i], err)
		}
		*to = d
	}
	return out, nil
}

// span reads 90, 90s, 1h30m or 01:30:00.
func span(text string) (time.Duration, error) {
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n < 1e9 {
		return time.Duration(n * float64(time.Second)), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, nil
	}
	parts := strings.Split(text, ":")
	var d time.Duration
	for _, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || n > 1e6 {
			return 0, fmt.Errorf("%q; want seconds, a duration as 1h30m, or 01:30:00 after the start", text)
		}
		d = d*60 + time.Duration(n)*time.Second
	}
	if len(parts) == 2 {
		d *= 60
	}
	return d, nil
}
