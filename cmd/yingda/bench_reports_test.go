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
		`INSERT INTO promises (conversation, target, n, ended_at, outcome, medium, inbox, queue, agent, tier, policy, calendar_ms, business_ms, contact, later)
		SELECT 'conv-' || lpad(i::text, 12, '0'), t, 1, ` + strconv.FormatInt(reportYear.UnixMilli(), 10) + ` + i::bigint * ` + strconv.FormatInt(step, 10) + ` + k,
			CASE WHEN hashtext(i::text || t) % 10 = 0 THEN 'late' WHEN hashtext(i::text || t) % 25 = 1 THEN 'cancelled' ELSE 'met' END,
			(ARRAY['email', 'chat', 'voice'])[i % 3 + 1], 'inbox-' || (i % 9), 'queue-' || (i % 50), 'agent-' || (i % 1000),
			(ARRAY['ordinary', 'ordinary', 'key', 'strategic'])[i % 4 + 1], 'email-24h', abs(hashtext(t || i::text)) % 86400000,
			abs(hashtext(t || i::text)) % 28800000, 'contact-' || (i % 20000), 253402300799999
		FROM generate_series(1, ` + strconv.Itoa(n) + `) AS i, (VALUES ('first_response', 1), ('next_response', 2), ('resolution', 3)) AS x(t, k)`,
		`VACUUM ANALYZE promises`,
	} {
		if _, err := db.ExecContext(b.Context(), text); err != nil {
			b.Fatal(err)
		}
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
		bench.Turns(b, 5, 1, 1, ours)
		bench.Row{Name: fmt.Sprintf("report of a month of %d conversations, %s, by %s", n, engine, view), Unit: "ms", Ours: ours.Median(), AtMost: 1000}.Report(b)
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
