package sla

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// bizCase is one case of the shared folder: an operation on a schedule and what it must give.
type bizCase struct {
	ID       string   `json:"id"`
	Op       string   `json:"op"`
	Schedule Calendar `json:"schedule"`
	Input    struct {
		Amount int        `json:"amount"`
		Unit   string     `json:"unit"`
		From   *time.Time `json:"from"`
		To     time.Time  `json:"to"`
		At     time.Time  `json:"at"`
		N      int        `json:"n"`
	} `json:"input"`
	Expected json.RawMessage `json:"expected"`
	Accept   []string        `json:"accept"`
	Error    string          `json:"expected_error"`
}

// cases reads a file of the folder of cases nobody here wrote, or skips by name.
func cases[T any](t *testing.T, file string) []T {
	t.Helper()
	dir := os.Getenv("YINGDA_CASES")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "cases", file))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no shared/data beside the project: %s not run", file)
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []T
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSharedBusinessTimeCases(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"biz_spec_cases.json", "biz_oracle_cases.json", "libredesk_cases.json"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			for _, c := range cases[bizCase](t, file) {
				got, err := c.run()
				switch {
				case c.Error != "":
					if err == nil {
						t.Errorf("%s: %s: got %s, want an error like %q", c.ID, c.Op, got, c.Error)
					}
				case err != nil:
					t.Errorf("%s: %s: %v", c.ID, c.Op, err)
				case !c.accepts(got):
					t.Errorf("%s: %s %+v: got %s, want %s %v", c.ID, c.Op, c.Input, got, c.Expected, c.Accept)
				}
			}
		})
	}
}

func (c bizCase) accepts(got string) bool {
	var want bytes.Buffer
	if err := json.Compact(&want, c.Expected); err != nil {
		return false
	}
	return got == want.String() || slices.Contains(c.Accept, strings.Trim(got, `"`))
}

func (c bizCase) run() (string, error) {
	s, err := NewSchedule(c.Schedule)
	if err != nil {
		return "", err
	}
	if c.Input.From == nil {
		c.Input.From = &time.Time{}
	}
	var result any
	switch c.Op {
	case "time_after", "deadline":
		result, err = c.move(s, 1)
	case "time_before":
		result, err = c.move(s, -1)
	case "within":
		result = int64(s.Between(*c.Input.From, c.Input.To).Seconds())
	case "in_hours":
		result = s.Open(c.Input.At)
	case "on_break":
		result = s.OnBreak(c.Input.At)
	case "on_holiday":
		result = s.OnHoliday(c.Input.At)
	case "periods_after", "periods_before":
		result = c.periods(s)
	default:
		err = fmt.Errorf("unknown op %q", c.Op)
	}
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(result)
	return string(raw), err
}

func (c bizCase) move(s *Schedule, sign int) (time.Time, error) {
	unit := strings.TrimSuffix(c.Input.Unit, "s")
	each := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour}[unit]
	switch {
	case c.Op == "deadline" && c.Input.Amount <= 0:
		return time.Time{}, errors.New("a target must be positive")
	case unit == "day" && c.Input.Amount == 0 && sign < 0:
		return s.Previous(*c.Input.From)
	case unit == "day":
		return s.AddDays(*c.Input.From, sign*c.Input.Amount)
	case sign < 0:
		return s.Subtract(*c.Input.From, time.Duration(c.Input.Amount)*each)
	}
	return s.Add(*c.Input.From, time.Duration(c.Input.Amount)*each)
}

func (c bizCase) periods(s *Schedule) [][2]time.Time {
	seq := s.After(*c.Input.From)
	if c.Op == "periods_before" {
		seq = s.Before(*c.Input.From)
	}
	var out [][2]time.Time
	for p := range seq {
		if out = append(out, [2]time.Time{p.Start, p.End}); len(out) == c.Input.N {
			break
		}
	}
	return out
}
