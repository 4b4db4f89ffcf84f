package notify

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"yingda/desk"
)

// Wish is a report that somebody wants by mail. Since is when they said so: nothing before it is sent.
type Wish struct {
	desk.ReportMail
	Since time.Time
}

// Report is one as its reader may see it at this moment. File is the whole of it.
type Report struct {
	To    string // the reader's address
	Lines []ReportLine
	Name  string // of the file
	File  []byte // CSV
}

// ReportLine is the promises of one key and target. Kept is met of met and late, per cent; nil where there was neither.
type ReportLine struct {
	Key, Name                    string
	Target                       desk.Target
	Met, Late, Cancelled, Waived int
	Kept                         *float64
}

// Reports is where reports and the wishes for them come from.
type Reports interface {
	// Wishes are all that were not ended.
	Wishes(ctx context.Context) ([]Wish, error)
	// Report is what the reader may see of the days now. Errors: Forbidden, when that is nothing any more.
	Report(ctx context.Context, m desk.ReportMail, from, to string) (Report, error)
	// End ends a wish, and says why.
	End(ctx context.Context, id, why string) error
}

// ReporterDeps are what a Reporter needs. Page is the address of the console's reports.
type ReporterDeps struct {
	Reports Reports
	Spool   Spool
	Post    Post
	Page    string
	Now     func() time.Time
	Log     *slog.Logger
	Metrics *Metrics
}

// Reporter mails reports at their hours, each once: how far it has come with a wish lies in the record, moved when the
// mail is out, and a mail that is tried again is the same. What was missed is sent once, the newest alone, and says so.
// One node of a house runs one, under a lease.
type Reporter struct {
	ReporterDeps
	tries map[string]attempt // by wish
}

// attempt is what went wrong with one report so far: the one due at a moment, of one wish.
type attempt struct {
	due       time.Time
	failed    int
	first, at time.Time
}

// NewReporter makes a Reporter.
func NewReporter(d ReporterDeps) *Reporter {
	return &Reporter{ReporterDeps: d, tries: map[string]attempt{}}
}

const (
	reportEvery = 15 * time.Second
	lateFrom    = 15 * time.Minute // a report that comes later says so
	noAccess    = "no_access"
)

// Run mails until ctx ends, and returns nil then.
func (r *Reporter) Run(ctx context.Context) error {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		if err := r.Round(ctx); err != nil && ctx.Err() == nil {
			r.Log.Warn("reports: reading who wants them", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Round mails what is due now. What fails for one reader keeps no other waiting.
func (r *Reporter) Round(ctx context.Context) error {
	wishes, err := r.Reports.Wishes(ctx)
	if err != nil {
		return err
	}
	maps.DeleteFunc(r.tries, func(id string, _ attempt) bool {
		return !slices.ContainsFunc(wishes, func(w Wish) bool { return w.ID == id })
	})
	for _, w := range wishes {
		if ctx.Err() != nil {
			return nil
		}
		now := r.Now()
		due, ok := w.Last(now)
		if !ok || !due.After(w.Since) {
			continue
		}
		t := r.tries[w.ID]
		if !t.due.Equal(due) {
			t = attempt{due: due, first: now}
		}
		if t.failed > 0 && now.Sub(t.at) < pause(t.failed) {
			continue
		}
		if err := r.one(ctx, w, due, now); err != nil && ctx.Err() == nil {
			r.failed(ctx, w, t, now, err)
			continue
		}
		delete(r.tries, w.ID)
	}
	return nil
}

// failed notes a try that went wrong; after keepFor of them the report is no news, and the next one is waited for.
func (r *Reporter) failed(ctx context.Context, w Wish, t attempt, now time.Time, err error) {
	t.failed, t.at = t.failed+1, now
	r.tries[w.ID] = t
	if now.Sub(t.first) >= keepFor && r.Spool.KeepNotices(ctx, nil, place(w.ID), t.due.UnixMilli()) == nil {
		r.Metrics.count("given_up")
		r.Log.Warn("reports: one was given up", "agent", w.Agent, "due", t.due, "err", err)
		return
	}
	r.Metrics.count("failed")
	r.Log.Warn("reports: one did not go out and is tried again", "agent", w.Agent, "in", pause(t.failed), "err", err)
}

// place is the name under which the record keeps how far a wish has come, in milliseconds.
func place(id string) string { return "report_mail:" + id }

func (r *Reporter) one(ctx context.Context, w Wish, due, now time.Time) error {
	sent, _, err := r.Spool.Listener(ctx, place(w.ID))
	if err != nil || sent >= due.UnixMilli() {
		return err
	}
	from, to := w.Days(due)
	rep, err := r.Reports.Report(ctx, w.ReportMail, from, to)
	if desk.CodeOf(err) == desk.Forbidden && err != nil {
		r.Metrics.count("ended")
		return r.Reports.End(ctx, w.ID, noAccess)
	}
	if err != nil {
		return fmt.Errorf("make the report: %w", err)
	}
	subject, text := reportWords(w.ReportMail, rep, due, now)
	err = r.Post.Notify(ctx, Mail{
		ID: fmt.Sprintf("%s-%d", w.ID, due.Unix()), To: rep.To, Subject: subject, Text: text + r.Page + "\n",
		Files: []File{{Name: rep.Name, Type: "text/csv", Data: rep.File}},
	})
	if err != nil {
		return err
	}
	r.Metrics.count("sent")
	return r.Spool.KeepNotices(ctx, nil, place(w.ID), due.UnixMilli())
}
