package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/store"
	"yingda/store/storetest"
)

var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func event(id string) desk.Event {
	return desk.Event{Subject: desk.Subject{Kind: desk.AboutConversation, ID: id}, Actor: desk.System(), At: day, Fact: desk.TargetsReviewed{}}
}

// Two nodes write into one record while a third connection keeps killing theirs: what was acknowledged is there once,
// what was refused is not, what is "unknown" may be either, and numbers have no hole (DESIGN 3.7 Writer).
func TestTwoNodesUnderKills(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	nodes := []*store.DB{start(t, store.Config{URL: url, Readers: 2}), start(t, store.Config{URL: url, Readers: 2})}
	killer, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = killer.Close(context.Background()) }()
	var wg sync.WaitGroup
	var mu sync.Mutex
	outcome := map[string]error{}
	var left atomic.Int64
	const senders, each = 8, 40
	left.Store(senders * each)
	for s := range senders {
		wg.Go(func() {
			for i := range each {
				id := fmt.Sprintf("%d-%d", s, i)
				err := nodes[s%2].Update(t.Context(), desk.About{}, func(tx desk.Tx) error {
					return errors.Join(tx.MarkSeen(desk.Seen{Key: desk.SeenKey{Scope: "x", External: id}}), tx.Append(event(id)))
				})
				mu.Lock()
				outcome[id] = err
				mu.Unlock()
				left.Add(-1)
			}
		})
	}
	kills := 0
	for left.Load() > 0 && kills < 20 {
		_, err := killer.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND query <> '' ORDER BY random() LIMIT 1`)
		if err != nil {
			t.Fatal(err)
		}
		kills++
	}
	wg.Wait()
	stored := map[string]int{}
	var es []desk.Event
	for range 100 { // a reader's own connection may have been killed: it is replaced
		if es, err = nodes[0].EventsAfter(t.Context(), 0, 10_000); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range es {
		if e.Seq != int64(i)+1 {
			t.Fatalf("a hole: place %d has number %d", i+1, e.Seq)
		}
		stored[e.Subject.ID]++
	}
	unknown := 0
	for id, err := range outcome {
		switch {
		case err == nil && stored[id] != 1:
			t.Errorf("%s: acknowledged and stored %d times", id, stored[id])
		case desk.ReasonOf(err) == "commit_unknown":
			unknown++
		case err != nil && stored[id] != 0:
			t.Errorf("%s: refused with %v and stored", id, err)
		}
	}
	t.Logf("%d units, %d kills, %d unknown outcomes", len(outcome), kills, unknown)
}

// Another node's commit wakes this node's feed and renews its settings; a lease has one holder.
func TestNodesHearEachOther(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	heard := make(chan string, 1)
	a := start(t, store.Config{URL: url, Readers: 2})
	b, stop := startWith(t, store.Config{URL: url, Readers: 2}, func(db *store.DB) {
		db.OnSignal(func(p []byte) {
			select {
			case heard <- string(p):
			default:
			}
		})
	})
	defer stop()
	err := a.Update(t.Context(), desk.About{}, func(tx desk.Tx) error {
		return errors.Join(tx.SaveSetting(desk.Setting{Kind: desk.SettingQueue, ID: "sales", Doc: []byte(`{"name":"售前"}`)}),
			tx.Append(desk.Event{Subject: desk.Subject{Kind: desk.AboutSetting, ID: "sales"}, At: day, Fact: desk.SettingChanged{Setting: desk.SettingQueue, ID: "sales"}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.After(30 * time.Second)
	for known := false; !known; {
		select {
		case <-b.Committed():
			_, known = b.Directory().Queue("sales")
		case <-deadline:
			t.Fatal("the other node's settings did not arrive")
		}
	}
	for got := false; !got; {
		if err := a.Signal(t.Context(), map[string]string{"kind": "typing"}); err != nil {
			t.Fatal(err)
		}
		select {
		case s := <-heard:
			got = s == `{"kind":"typing"}`
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatal("the signal did not arrive")
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	entered := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- a.Hold(ctx, "sweeper", func(ctx context.Context) error { close(entered); <-ctx.Done(); return nil })
	}()
	<-entered
	short, over := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer over()
	if err := b.Hold(short, "sweeper", func(context.Context) error { return nil }); err == nil {
		t.Error("a lease held by two nodes")
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("hold: %v", err)
	}
	if err := b.Hold(t.Context(), "sweeper", func(context.Context) error { return nil }); err != nil {
		t.Errorf("hold after release: %v", err)
	}
}

// Two nodes that change settings in the same moment: the own change of each stands after the other's in half of all cases,
// and both know both all the same.
func TestNodesChangeSettingsTogether(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	nodes := []*store.DB{start(t, store.Config{URL: url, Readers: 2}), start(t, store.Config{URL: url, Readers: 2})}
	const rounds = 40
	var wg sync.WaitGroup
	for n, db := range nodes {
		wg.Go(func() {
			for i := range rounds {
				id := fmt.Sprint("q", n, "-", i)
				err := db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error {
					return errors.Join(tx.SaveSetting(desk.Setting{Kind: desk.SettingQueue, ID: id, Doc: []byte(`{"name":"售前"}`)}),
						tx.Append(desk.Event{Subject: desk.Subject{Kind: desk.AboutSetting, ID: id}, At: day, Fact: desk.SettingChanged{Setting: desk.SettingQueue, ID: id}}))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	late := time.After(30 * time.Second)
	for n, db := range nodes {
		for len(db.Directory().Queues()) < len(nodes)*rounds {
			select {
			case <-db.Committed():
			case <-time.After(50 * time.Millisecond):
			case <-late:
				t.Fatalf("node %d knows %d queues of %d", n, len(db.Directory().Queues()), len(nodes)*rounds)
			}
		}
	}
}

// One answer of a node's log reaches what another node wrote after it, once that is heard of: who asks once, as a page that
// comes back does, misses nothing.
func TestLogReachesOtherNodesFacts(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	nodes := []*store.DB{start(t, store.Config{URL: url, Readers: 2}), start(t, store.Config{URL: url, Readers: 2})}
	for i, db := range nodes {
		if err := db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error { return tx.Append(event(fmt.Sprint(i))) }); err != nil {
			t.Fatal(err)
		}
	}
	late := time.After(30 * time.Second)
	for {
		facts, err := nodes[0].EventsAfter(t.Context(), 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(facts) == len(nodes) {
			return
		}
		select {
		case <-nodes[0].Committed():
		case <-late:
			t.Fatalf("got %d facts in one answer, want both nodes'", len(facts))
		}
	}
}

// UP-X6: words erased by one node leave the other's memory as well, the end of the log that it keeps included.
func TestErasedOnTheOtherNode(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	a, b := start(t, store.Config{URL: url, Readers: 2}), start(t, store.Config{URL: url, Readers: 2})
	c := benchConversation("0190-9", 9)
	subject := desk.Subject{Kind: desk.AboutConversation, ID: string(c.ID)}
	err := b.Update(t.Context(), desk.About{}, func(tx desk.Tx) error {
		return errors.Join(tx.SaveConversation(c, nil, ""),
			tx.Append(desk.Event{Subject: subject, Actor: desk.System(), At: day, Fact: desk.TagsChanged{Added: []string{"words"}}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Update(t.Context(), desk.About{Conversations: []desk.ConversationID{c.ID}}, func(tx desk.Tx) error {
		return errors.Join(tx.EraseConversation(desk.Tombstone{ID: c.ID, Number: 9, At: day}),
			tx.Append(desk.Event{Subject: subject, Actor: desk.System(), At: day, Fact: desk.Erased{Number: 9}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []int64{1, 0} { // a listener reads on from the end of what b wrote; another one begins anew
		events, err := b.EventsAfter(t.Context(), seq, 10)
		if err != nil || len(events) != int(2-seq) {
			t.Fatalf("after %d: got %d facts, %v", seq, len(events), err)
		}
		if _, whole := events[0].Fact.(desk.TagsChanged); whole {
			t.Errorf("after %d: got the erased words", seq)
		}
	}
}

// What a node claimed that fell silent is free after nodesGone, but what it has on the wire and what a living one claimed
// is not (UP-E9).
func TestClaimsOfASilentNode(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	db := start(t, store.Config{URL: testkit.Postgres(t), Readers: 2, Now: now})
	c := desk.Conversation{ID: "c", Inbox: "mail", Medium: desk.Email, Status: desk.Open, Priority: desk.Normal, Tier: desk.Ordinary, Messages: 3, CreatedAt: day}
	err := db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error {
		err := tx.SaveConversation(c, nil, "")
		for i := range c.Messages {
			err = errors.Join(err, tx.AddMessage(desk.Message{
				ID: desk.MessageID(fmt.Sprint("m", i)), Conversation: c.ID, Number: i + 1, Inbox: c.Inbox, Medium: c.Medium,
				Direction: desk.Out, Delivery: desk.DeliveryQueued, At: day, CreatedAt: day,
			}))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]desk.MessageID{}
	for _, node := range []string{"silent", "alive", "sending"} {
		got, err := db.Claim(t.Context(), node, 1)
		if err != nil || len(got) != 1 {
			t.Fatalf("%s claims: got %d, %v; want 1", node, len(got), err)
		}
		held[node] = got[0].Message.ID
	}
	if err := db.Sending(t.Context(), held["sending"]); err != nil {
		t.Fatal(err)
	}
	passed.Store(int64(time.Minute))
	if err := db.Beat(t.Context(), "alive", now()); err != nil {
		t.Fatal(err)
	}
	if err := db.FreeClaims(t.Context(), "third", false); err != nil {
		t.Fatal(err)
	}
	if lost, err := db.Stranded(t.Context(), 3); err != nil || len(lost) != 0 {
		t.Errorf("stranded: got %v, %v; want none: it may still arrive", lost, err)
	}
	got, err := db.Claim(t.Context(), "third", 3)
	if err != nil || len(got) != 1 || got[0].Message.ID != held["silent"] {
		t.Errorf("claimed: got %v, %v; want only the silent node's %s", got, err, held["silent"])
	}
}

// twoNodes are two desks over one record, each with its own connection and directory.
func twoNodes(t *testing.T) (r *storetest.Rig, desks [2]*desk.Service, dirs [2]*store.DB) {
	t.Helper()
	r = storetest.NewRig(t, testkit.Postgres(t), day)
	dirs = [2]*store.DB{r.DB, r.Open()}
	for i, db := range dirs {
		desks[i] = desk.New(desk.Config{Store: db, Now: r.Now, NewID: uuid.NewString})
	}
	return r, desks, dirs
}

// hires saves agents and waits until both nodes know them.
func hires(r *storetest.Rig, dirs [2]*store.DB, s *desk.Service, role desk.Role, ids ...string) {
	r.T.Helper()
	for _, id := range ids {
		doc := fmt.Sprintf(`{"id":%q,"name":%q,"email":"%s@x.test","role":%q}`, id, id, id, role)
		if _, err := s.SaveSetting(r.T.Context(), desk.System(), desk.Setting{Kind: desk.SettingAgent, ID: id, Doc: []byte(doc)}); err != nil {
			r.T.Fatal(err)
		}
		for _, db := range dirs {
			r.Until(id+" is known", func() bool { _, ok := db.Directory().Agent(desk.AgentID(id)); return ok })
		}
	}
}

// Two nodes that are asked for reports by mail at once keep no more of them than a supervisor may have: what is counted
// is read in the unit that writes, under the lock of the feed.
func TestTwoNodesKeepTheLimitOfReportMails(t *testing.T) {
	t.Parallel()
	r, desks, dirs := twoNodes(t)
	hires(r, dirs, desks[0], desk.RoleSupervisor, "bo")
	bo := desk.AgentActor("bo", desk.RoleSupervisor)
	var wg sync.WaitGroup
	var kept, refused atomic.Int64
	for i := range 2 * desk.MaxReportMails {
		wg.Go(func() {
			by := desk.ReportViews[i%len(desk.ReportViews)]
			_, err := desks[i%2].MailReports(t.Context(), bo, desk.ReportMail{By: by, Every: desk.EachDay, Hour: i % 24, Zone: "UTC", Locale: "en"})
			switch {
			case err == nil:
				kept.Add(1)
			case desk.ReasonOf(err) == "too_many_report_mails":
				refused.Add(1)
			default:
				t.Errorf("ask for a report: %v", err)
			}
		})
	}
	wg.Wait()
	docs, err := dirs[0].Settings(t.Context(), desk.SettingReportMail)
	if err != nil || len(docs) != desk.MaxReportMails || kept.Load() != desk.MaxReportMails || refused.Load() != desk.MaxReportMails {
		t.Errorf("got %d in the record, %d kept, %d refused, %v; want %d of each", len(docs), kept.Load(), refused.Load(), err, desk.MaxReportMails)
	}
}

// However many administrators step down at once on two nodes, one stays.
func TestTwoNodesKeepAnAdministrator(t *testing.T) {
	t.Parallel()
	r, desks, dirs := twoNodes(t)
	ids := []string{"a", "b", "c", "d"}
	hires(r, dirs, desks[0], desk.RoleAdministrator, ids...)
	var wg sync.WaitGroup
	var stayed atomic.Int64
	for i, id := range ids {
		wg.Go(func() {
			set := desk.Setting{Kind: desk.SettingAgent, ID: id, Version: 1, Doc: []byte(`{"id":"` + id + `","name":"x","email":"` + id + `@x.test","role":"agent"}`)}
			if i > 1 { // by being disabled, or deleted
				set.Doc, set.Deleted = []byte(`{"id":"`+id+`","name":"x","email":"`+id+`@x.test","role":"administrator","disabled":true}`), i == 3
			}
			switch _, err := desks[i%2].SaveSetting(t.Context(), desk.System(), set); {
			case err == nil:
			case desk.ReasonOf(err) == "last_administrator":
				stayed.Add(1)
			default:
				t.Errorf("%s steps down: %v", id, err)
			}
		})
	}
	wg.Wait()
	if stayed.Load() != 1 {
		t.Errorf("got %d who were refused to step down, want the last alone", stayed.Load())
	}
}
