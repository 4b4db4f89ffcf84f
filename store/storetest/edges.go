package storetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/agents"
	"yingda/desk"
	"yingda/store"
)

// testOutbox has 8 claimers and no mail claimed twice.
func testOutbox(t *testing.T, db *store.DB) {
	const mails = 120
	c := conversation()
	var ids []desk.MessageID
	update(t, db, func(tx desk.Tx) error {
		in := message(&c, "frage")
		in.RFCMessageID = "q@x"
		if err := tx.AddMessage(in); err != nil {
			return err
		}
		for range mails {
			m := message(&c, "答复")
			m.Direction, m.Delivery = desk.Out, desk.DeliveryQueued
			ids = append(ids, m.ID)
			if err := tx.AddMessage(m); err != nil {
				return err
			}
		}
		return tx.SaveConversation(c, nil, "")
	})
	var mu sync.Mutex
	claimed := map[desk.MessageID]int{}
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for {
				got, err := db.Claim(t.Context(), fmt.Sprint("node", n), 7)
				if err != nil || len(got) == 0 {
					if err != nil {
						t.Errorf("claim: %v", err)
					}
					return
				}
				mu.Lock()
				for _, o := range got {
					claimed[o.Message.ID]++
					if o.Attempt != 1 || o.Conversation.ID != c.ID || len(o.References) == 0 && o.Message.Number < 20 {
						t.Errorf("claim %s: got attempt %d, references %v", o.Message.ID, o.Attempt, o.References)
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		if claimed[id] != 1 {
			t.Errorf("%s: claimed %d times, want once", id, claimed[id])
		}
	}
	// UP-E9: however many ask at the same moment, one may send.
	granted := make(chan error, 8)
	for range cap(granted) {
		go func() { granted <- db.Sending(t.Context(), ids[0]) }()
	}
	won := 0
	for range cap(granted) {
		if err := <-granted; err == nil {
			won++
		} else {
			wantReason(t, err, "claim_lost")
		}
	}
	if won != 1 {
		t.Errorf("asked at the same moment: got %d who may send, want 1", won)
	}
	wantReason(t, db.Sending(t.Context(), ids[0]), "claim_lost")
	update(t, db, func(tx desk.Tx) error {
		m, err := tx.Message(ids[0])
		m.Delivery, m.Failure = desk.DeliverySent, ""
		return errors.Join(err, tx.SaveMessage(m))
	})
	if m, err := db.Message(t.Context(), ids[0]); err != nil || m.Delivery != desk.DeliverySent {
		t.Errorf("sent: got %s, %v", m.Delivery, err)
	}
	testDeadClaims(t, db, ids[1:])
}

// testDeadClaims: what a killed process claimed is not held for the rest of the lease. What it was sending is stranded
// at once, the rest is claimed again (UP-E9).
func testDeadClaims(t *testing.T, db *store.DB, claimed []desk.MessageID) {
	t.Helper()
	if err := db.Sending(t.Context(), claimed[0]); err != nil {
		t.Fatal(err)
	}
	if err := db.FreeClaims(t.Context(), "node0", false); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Claim(t.Context(), "new", 10); err != nil || len(got) != 0 {
		t.Errorf("while they may live: got %d claims, %v; want none", len(got), err)
	}
	for n := range 8 {
		if err := db.FreeClaims(t.Context(), fmt.Sprint("node", n), true); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := db.Stranded(t.Context(), 10); err != nil || !slices.Equal(got, claimed[:1]) {
		t.Errorf("stranded: got %v, %v; want %v", got, err, claimed[:1])
	}
	got, err := db.Claim(t.Context(), "new", 2*len(claimed))
	if err != nil || len(got) != len(claimed)-1 {
		t.Errorf("claimed again: got %d, %v; want %d", len(got), err, len(claimed)-1)
	}
	for _, o := range got {
		if o.Attempt != 2 {
			t.Errorf("claimed again: got attempt %d, want 2", o.Attempt)
		}
	}
}

func testBlobs(t *testing.T, db *store.DB) {
	for _, size := range []int{0, 5, 256 << 10, 700 << 10} {
		want := bytes.Repeat([]byte("yingda应答\x00"), size/10+1)[:size]
		hash, n, err := db.PutBlob(t.Context(), bytes.NewReader(want), 1<<20)
		if err != nil || n != int64(size) {
			t.Fatalf("put %d: got %d, %v", size, n, err)
		}
		again, _, err := db.PutBlob(t.Context(), bytes.NewReader(want), 0)
		if err != nil || again != hash {
			t.Errorf("put again: got %s, %v; want %s", again, err, hash)
		}
		r, _, err := db.OpenBlob(t.Context(), hash)
		if err != nil {
			t.Fatalf("open %d: %v", size, err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("read %d: got %d bytes, %v", size, len(got), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	many := [][]byte{[]byte("one"), nil, bytes.Repeat([]byte("many "), 120<<10), []byte("one")}
	for range 2 {
		if err := db.PutBlobs(t.Context(), many); err != nil {
			t.Fatalf("put many: %v", err)
		}
	}
	for _, want := range many {
		sum := sha256.Sum256(want)
		r, size, err := db.OpenBlob(t.Context(), hex.EncodeToString(sum[:]))
		if err != nil {
			t.Fatalf("open one of many: %v", err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, want) || size != int64(len(want)) {
			t.Errorf("read one of many: got %d bytes of %d, %v", len(got), size, err)
		}
		_ = r.Close()
	}
	_, _, err := db.PutBlob(t.Context(), bytes.NewReader(make([]byte, 600<<10)), 300<<10)
	wantReason(t, err, "file_too_large")
	if _, _, err := db.OpenBlob(t.Context(), "none"); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("no blob: got %v", err)
	}
	if n, err := db.CollectOrphans(t.Context()); err != nil || n != 0 {
		t.Errorf("young orphans: got %d, %v; want them kept", n, err)
	}
}

func testSecrets(t *testing.T, db *store.DB) {
	const secret = "p@ss 应答"
	if err := db.SaveSecret(t.Context(), "mail", "password", secret); err != nil {
		t.Fatal(err)
	}
	got, err := db.Secret(t.Context(), "mail", "password")
	if err != nil || got != secret {
		t.Errorf("secret: got %q, %v", got, err)
	}
	names, err := db.SecretNames(t.Context(), "mail")
	if d := cmp.Diff([]string{"password"}, names); err != nil || d != "" {
		t.Errorf("names: %v %s", err, d)
	}
	if err := db.SaveSecret(t.Context(), "mail", "password", ""); err != nil {
		t.Error(err)
	}
	if _, err := db.Secret(t.Context(), "mail", "password"); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("deleted: got %v", err)
	}
}

func testPeople(t *testing.T, db *store.DB) {
	ctx := t.Context()
	s := agents.Session{ID: "s1", Agent: "bo", TokenHash: "h1", Address: "127.0.0.1", Client: "browser", CreatedAt: day, SeenAt: day, IdleUntil: day.Add(time.Hour), ExpiresAt: day.Add(48 * time.Hour)}
	other := s
	other.ID, other.TokenHash = "s2", "h2"
	if err := errors.Join(db.AddSession(ctx, s), db.AddSession(ctx, other), db.SavePasswordHash(ctx, "bo", "$argon2id$", day)); err != nil {
		t.Fatal(err)
	}
	got, err := db.SessionByHash(ctx, "h1")
	if d := cmp.Diff(s, got); err != nil || d != "" {
		t.Errorf("session: %v %s", err, d)
	}
	if ended, err := db.EndSessions(ctx, "bo", "", "s1"); err != nil || len(ended) != 1 || ended[0] != "s2" {
		t.Errorf("end all but s1: got %v, %v", ended, err)
	}
	if ended, err := db.EndSessions(ctx, "bo", "s1", ""); err != nil || len(ended) != 1 {
		t.Errorf("end s1: got %v, %v", ended, err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	counts := map[int]bool{}
	for range 10 { // parallel guesses count one another
		wg.Go(func() {
			n, err := db.Attempt(ctx, []string{"account:bo", "address:x"}, day, day.Add(-time.Hour))
			if err != nil {
				t.Errorf("attempt: %v", err)
				return
			}
			mu.Lock()
			counts[n[0]] = true
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(counts) != 10 {
		t.Errorf("attempts: got counts %v, want 1 to 10", counts)
	}
	if err := db.ForgiveAttempt(ctx, []string{"account:bo", "address:x"}, day); err != nil {
		t.Error(err)
	}
	n, err := db.Attempt(ctx, []string{"account:bo", "address:x"}, day, day.Add(-time.Hour))
	if d := cmp.Diff([]int{1, 10}, n); err != nil || d != "" {
		t.Errorf("after a success: %v (-want +got)\n%s", err, d)
	}
	if err := errors.Join(db.Beat(ctx, "n1", day), db.SetSockets(ctx, "n1", "bo", 2, day), db.SetSockets(ctx, "dead", "cy", 1, day)); err != nil {
		t.Fatal(err)
	}
	on, err := db.Connected(ctx, day.Add(-time.Minute))
	if d := cmp.Diff([]desk.AgentID{"bo"}, on); err != nil || d != "" {
		t.Errorf("connected: %v %s", err, d)
	}
	if err := db.Forget(ctx, "n1", day.Add(-time.Minute)); err != nil {
		t.Error(err)
	}
	draft := desk.Draft{Agent: "bo", Conversation: "c", Doc: []byte(`{"text":"未发"}`), UpdatedAt: day}
	if err := db.SaveDraft(ctx, draft); err != nil {
		t.Fatal(err)
	}
	wantReason(t, db.SaveDraft(ctx, draft), "stale")
	draft.Version = 1
	if err := db.SaveDraft(ctx, draft); err != nil {
		t.Errorf("second save: %v", err)
	}
	if d, err := db.Draft(ctx, "bo", "c"); err != nil || d.Version != 2 || string(d.Doc) != string(draft.Doc) {
		t.Errorf("draft: got %+v, %v", d, err)
	}
}

func testRouting(t *testing.T, db *store.DB) {
	update(t, db, func(tx desk.Tx) error {
		return errors.Join(
			tx.SaveSetting(desk.Setting{Kind: desk.SettingQueue, ID: "sales", Doc: []byte(`{"name":"售前"}`)}),
			tx.SaveSetting(desk.Setting{Kind: desk.SettingAgent, ID: "bo", Doc: []byte(`{"name":"Bo","queues":["sales"]}`)}),
			tx.SavePresence(desk.Presence{Agent: "bo", State: desk.Available, Since: day}))
	})
	waits := save(t, db, conversation())
	held := save(t, db, conversation(func(c *desk.Conversation) { c.Assignee = "bo" }))
	save(t, db, conversation(func(c *desk.Conversation) { c.Status = desk.Resolved }))
	work, err := db.Waiting(t.Context())
	if err != nil || len(work) != 1 || work[0].Conversation != waits.ID || work[0].Weight != 10 {
		t.Errorf("waiting: got %+v, %v", work, err)
	}
	seats, err := db.Seats(t.Context())
	if err != nil || len(seats) != 1 || len(seats[0].Held) != 1 || seats[0].Held[0].Conversation != held.ID || seats[0].Capacity != 100 {
		t.Errorf("seats: got %+v, %v", seats, err)
	}
	update(t, db, func(tx desk.Tx) error {
		return tx.Append(event(waits.ID, desk.Offered{Offer: "o1", Agent: "bo"}), event(held.ID, desk.Offered{Offer: "o2", Agent: "bo"}),
			event(waits.ID, desk.OfferExpired{Offer: "o1", Agent: "bo"}))
	})
	offered, err := db.Offered(t.Context(), []desk.ConversationID{waits.ID, "nobody's"})
	if d := cmp.Diff(map[desk.OfferID]bool{"o1": true}, offered); err != nil || d != "" {
		t.Errorf("offered: %v (-want +got):\n%s", err, d)
	}
	one, err := db.Seat(t.Context(), "bo")
	if d := cmp.Diff(seats[0], one); err != nil || d != "" {
		t.Errorf("seat: %v (-all +one):\n%s", err, d)
	}
}

func testChannels(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := store.MailCursor{Validity: 4_000_000_000, UID: 7, Connected: day}
	if err := db.SaveCursor(ctx, "mail", "INBOX", c); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Cursor(ctx, "mail", "INBOX"); err != nil || got != c {
		t.Errorf("cursor: got %+v, %v", got, err)
	}
	for want := 1; want <= 2; want++ {
		if got, err := db.Reading(ctx, "mail", "INBOX", 1, 2); err != nil || got != want {
			t.Errorf("reading: got %d, %v; want %d", got, err, want)
		}
	}
	q := desk.Quarantine{ID: "q1", Inbox: "mail", Source: "INBOX/1/2", Cause: "broken", Raw: "aa", Size: 3, At: day}
	for _, want := range []bool{true, false} {
		if fresh, err := db.SaveQuarantine(ctx, q); err != nil || fresh != want {
			t.Errorf("quarantine: got %v, %v; want %v", fresh, err, want)
		}
	}
	list, err := db.Quarantined(ctx, 10)
	if d := cmp.Diff([]desk.Quarantine{q}, list); err != nil || d != "" {
		t.Errorf("quarantined: %v %s", err, d)
	}
	reported := func(at time.Time, s desk.ChannelState) {
		update(t, db, func(tx desk.Tx) error {
			return tx.Append(desk.Event{Subject: desk.Subject{Kind: desk.AboutInbox, ID: "mail"}, Actor: desk.System(), At: at, Fact: s})
		})
	}
	// Another cause, or the same again after a restart, is the same outage.
	reported(day.Add(-time.Hour), desk.ChannelState{Up: true, LastGood: day})
	reported(day, desk.ChannelState{Cause: "timeout"})
	reported(day.Add(time.Minute), desk.ChannelState{Cause: "login refused"})
	st, err := db.ChannelStatuses(ctx)
	want := []desk.ChannelStatus{{Inbox: "mail", Cause: "login refused", LastGood: day, Since: day}}
	if d := cmp.Diff(want, st); err != nil || d != "" {
		t.Errorf("channel status: %v %s", err, d)
	}
	if es, err := db.Audit(ctx, 0, 10); err != nil || len(es) != 3 {
		t.Errorf("audit: got %v, %v", es, err)
	}
}
