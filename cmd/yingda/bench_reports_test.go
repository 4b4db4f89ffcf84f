package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"yingda/internal/bench"
	"yingda/webui"
)

// reportYear is when the conversations of the reports' record ended: one year, evenly.
var reportYear = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// fillPromises makes n conversations' three promises each, over a year, 50 queues, 1,000 agents and 20,000 customers.
// They are made by the server itself: three million rows through the desk would take an hour.
func fillPromises(b *testing.B, url string, n int) {
	b.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	step := 365 * 24 * time.Hour.Milliseconds() / int64(n)
	for _, text := range []string{
		`ALTER TABLE promises DISABLE TRIGGER USER`,
		`INSERT INTO promises (conversation, target, n, ended_at, outcome, medium, inbox, queue, agent, tier, policy, calendar_ms, business_ms, contact, later)
		SELECT 'conv-' || lpad(i::text, 12, '0'), t, 1, ` + strconv.FormatInt(reportYear.UnixMilli(), 10) + ` + i::bigint * ` + strconv.FormatInt(step, 10) + ` + k,
			CASE WHEN hashtext(i::text || t) % 10 = 0 THEN 'late' WHEN hashtext(i::text || t) % 25 = 1 THEN 'cancelled' ELSE 'met' END,
			(ARRAY['email', 'chat', 'voice'])[i % 3 + 1], 'inbox-' || (i % 9), 'queue-' || (i % 50), 'agent-' || (i % 1000),
			(ARRAY['ordinary', 'ordinary', 'key', 'strategic'])[i % 4 + 1], 'email-24h', abs(hashtext(t || i::text)) % 86400000,
			abs(hashtext(t || i::text)) % 28800000, 'contact-' || (i % 20000), 253402300799999
		FROM generate_series(1, ` + strconv.Itoa(n) + `) AS i, (VALUES ('first_response', 1), ('next_response', 2), ('resolution', 3)) AS x(t, k)`,
		`ALTER TABLE promises ENABLE TRIGGER USER`,
		`VACUUM ANALYZE promises`,
	} {
		if _, err := db.ExecContext(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
}

// bareReport lets PostgreSQL sum up the same month's rows by itself, percentiles included.
func bareReport(b *testing.B, url string) func(view string) error {
	b.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		b.Fatal(err)
	}
	from := time.Date(2025, 6, 1, 0, 0, 0, 0, zone)
	return func(view string) error {
		key := view
		if view == "day" {
			key = `(ended_at + 28800000) / 86400000`
		}
		const share = ` percentile_disc(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY `
		rows, err := db.QueryContext(b.Context(), `SELECT `+key+`, target, COUNT(*) FILTER (WHERE outcome = 'met'), COUNT(*) FILTER (WHERE outcome = 'late'),
			COUNT(*) FILTER (WHERE outcome = 'cancelled'), `+share+` calendar_ms), `+share+` business_ms) FROM promises
			WHERE ended_at >= $1 AND ended_at < $2 AND later >= $2 GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 3000`,
			from.UnixMilli(), from.AddDate(0, 1, 0).UnixMilli())
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() { // as they come: only the server's own time counts
		}
		return rows.Err()
	}
}

// figureReports asks for one month of a year's conversations, by the views that are dearest, and looks at what an agent's
// answer takes meanwhile.
func figureReports(b *testing.B, engine string) {
	n := 100_000
	if bench.Full() {
		n = 1_000_000
	}
	g := openGauge(b, engine)
	chats := g.chats(8)
	fillPromises(b, g.url, n)
	began := time.Now()
	hours, _, err := g.node.db.RepackPromises(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	bench.Row{Name: fmt.Sprintf("promises of a year of %d conversations packed for reports, %d hours, %s", n, hours, engine), Unit: "s", Ours: time.Since(began).Seconds()}.Report(b)
	bare := bareReport(b, g.url)
	const month = "/reports/promises?from=2025-06-01&to=2025-06-30&zone=Asia/Shanghai&by="
	ask := func(view string) error {
		var r webui.PromiseReport
		if err := g.call(http.MethodGet, month+view, nil, &r); err != nil {
			return err
		}
		sum := 0
		for _, l := range r.Items {
			sum += l.Met + l.Late + l.Cancelled
		}
		if least := n * 3 / 13; view != "contact" && sum < least { // customers beyond the busiest are left out
			return fmt.Errorf("by %s: got %d promises, want %d at least", view, sum, least)
		}
		return nil
	}
	for _, view := range []string{"day", "queue", "agent", "contact"} {
		ours := &bench.Side{Do: func(int) error { return ask(view) }}
		floor := &bench.Side{Do: func(int) error { return bare(view) }}
		bench.Turns(b, 5, 1, 1, ours, floor)
		name := fmt.Sprintf("report of a month of %d conversations, %s, by %s", n, engine, view)
		bench.Row{Name: name, Unit: "ms", Ours: ours.Median(), AtMost: 1000}.Report(b)
		bench.Row{Name: name + ", beside SQL", Unit: "ms", Ours: ours.Median(), Floor: floor.Median(), FloorIs: "PostgreSQL sums the rows up itself"}.Report(b)
	}
	message := func(i int) error {
		return g.call(http.MethodPost, "/conversations/"+chats[i%len(chats)]+"/messages", map[string]any{
			"text": "您好，已经为您查询。 " + strconv.Itoa(i), "force": true, "client_key": newID(),
		}, nil)
	}
	quiet := &bench.Side{Do: message}
	bench.Turns(b, 2, 60, 1, quiet)
	ctx, stop := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			if err := ask("agent"); err != nil && ctx.Err() == nil {
				b.Error(err)
			}
		}
	})
	busy := &bench.Side{Do: message}
	bench.Turns(b, 2, 60, 1, busy)
	stop()
	wg.Wait()
	bench.Row{
		Name: fmt.Sprintf("answer while such reports run one after another, %s", engine), Unit: "ms", Ours: busy.Median(), Floor: quiet.Median(),
		FloorIs: "the same without reports", AtMost: 3,
	}.Report(b)
}
