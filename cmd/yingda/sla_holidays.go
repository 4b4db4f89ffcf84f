package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
	"yingda/sla"
	"yingda/webui"
)

// slaHolidays reads a published list, prints it as a document, and stores it where that is asked for.
func (p *program) slaHolidays(ctx context.Context, args []string) error {
	var from, id, name, years string
	var save bool
	cfg, err := p.config("sla holidays", args, func(f *flag.FlagSet) {
		f.StringVar(&from, "from", "", "")
		f.StringVar(&id, "id", "", "")
		f.StringVar(&name, "name", "", "")
		f.StringVar(&years, "years", "", "")
		f.BoolVar(&save, "save", false, "")
	})
	if err != nil {
		return err
	}
	if from == "" || id == "" {
		return fmt.Errorf("%w: sla holidays needs --from FILE and --id ID", errUsage)
	}
	now, err := clock()
	if err != nil {
		return err
	}
	first, last, err := yearsOf(years, now())
	if err != nil {
		return err
	}
	list, err := readHolidays(from, id, name, first, last)
	if err != nil {
		return fmt.Errorf("sla holidays: %w", err)
	}
	if !save {
		return p.printJSON(list)
	}
	n, err := openNode(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer n.close()
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- n.db.Run(running) }()
	err = n.saveHolidays(ctx, list)
	stop()
	if err = errors.Join(err, <-done); err != nil {
		return fmt.Errorf("sla holidays: %w", said(err))
	}
	for _, y := range list.Years {
		fmt.Fprintf(p.out, "%s %d: %d holidays, %d worked\n", list.ID, y.Year, len(y.Holidays), len(y.Workdays))
	}
	return nil
}

// yearsOf reads "2026-2028"; without one it is this year and the two after it.
func yearsOf(text string, now time.Time) (first, last int, err error) {
	if text == "" {
		return now.Year(), now.Year() + 2, nil
	}
	a, b, found := strings.Cut(text, "-")
	if !found {
		b = a
	}
	first, errA := strconv.Atoi(a)
	last, errB := strconv.Atoi(b)
	if errors.Join(errA, errB) != nil || first < 1900 || last > 2200 || last < first {
		return 0, 0, fmt.Errorf("%w: --years %q: want for example 2026-2028", errUsage, text)
	}
	return first, last, nil
}

func readHolidays(file, id, name string, first, last int) (sla.List, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return sla.List{}, err
	}
	if strings.EqualFold(filepath.Ext(file), ".ics") || bytes.HasPrefix(bytes.TrimSpace(raw), []byte("BEGIN:VCALENDAR")) {
		l, err := sla.ReadICal(bytes.NewReader(raw), id, name, first, last)
		if err != nil {
			return sla.List{}, fmt.Errorf("%s: %w", file, err)
		}
		return l, nil
	}
	return readDocument(file, func(l *sla.List) error {
		if l.ID = id; name != "" {
			l.Name = name
		}
		return l.Validate()
	})
}

// saveHolidays lays the years of a list over those that are stored.
func (n *node) saveHolidays(ctx context.Context, l sla.List) error {
	old, err := n.db.Setting(ctx, desk.SettingHolidays, l.ID)
	switch {
	case err == nil && !old.Deleted:
		var was sla.List
		if err := json.Unmarshal(old.Doc, &was); err != nil {
			return err
		}
		l = was.With(l)
	case err != nil && !errors.Is(err, desk.ErrNotFound):
		return err
	}
	if l.Name == "" {
		l.Name = sla.Lists()[l.ID].Name
	}
	doc := document(desk.SettingHolidays, l.ID, l)
	doc.Version = old.Version
	_, err = n.desk.SaveSetting(ctx, desk.System(), doc)
	return err
}

// warnings are what the console and /readyz show though everything works.
func (n *node) warnings() []webui.Warning {
	var out []webui.Warning
	if why := n.badBook.Load(); why != nil {
		out = append(out, webui.Warning{Code: "promises_invalid", Params: map[string]string{"detail": *why}})
	}
	for _, m := range n.promises.Book().Missing(n.now()) {
		out = append(out, webui.Warning{Code: "holidays_missing", Params: map[string]string{
			"calendar": m.Calendar, "name": m.Name, "list": m.List, "year": strconv.Itoa(m.Year),
		}})
	}
	return out
}

// warnEvery is how often the log is told again of a calendar that does not know its holidays.
const warnEvery = 24 * time.Hour

// watchCalendars tells the log, once a day, which calendars do not know this year's holidays, or from December on next
// year's.
func (n *node) watchCalendars(ctx context.Context) error {
	for ctx.Err() == nil {
		for _, m := range n.promises.Book().Missing(n.now()) {
			n.log.Warn("a calendar does not know its holidays; import the list with: yingda sla holidays --save",
				"calendar", m.Calendar, "list", m.List, "year", m.Year)
		}
		rest(ctx, warnEvery)
	}
	return nil
}
