package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/store"
)

func testUnit(t *testing.T, db *store.DB) {
	c := conversation(func(c *desk.Conversation) {
		c.Skills = []desk.Skill{{Name: "法语", Level: 3}}
		c.Tags = []string{"vip"}
		c.Prefer = []desk.Preference{{Agent: "bo", Until: day, Rule: "owner"}}
		c.DueAt, c.DueTarget = day.Add(time.Hour), desk.FirstResponse
	})
	m := message(&c, "你好")
	m.RFCMessageID, m.Raw = "a@x", "00ff"
	m.Attachments = []desk.Attachment{{Blob: "aa", Name: "发票.pdf", ContentType: "application/pdf", Size: 3}}
	key := desk.ThreadKey{Inbox: "mail", MessageID: "a@x"}
	update(t, db, func(tx desk.Tx) error {
		if _, _, err := tx.Conversation(c.ID); !errors.Is(err, desk.ErrNotFound) {
			return fmt.Errorf("before: got %v, want not found", err)
		}
		if err := errors.Join(tx.AddMessage(m), tx.SaveConversation(c, nil, "")); err != nil {
			return err
		}
		own, _, err := tx.Conversation(c.ID)
		if err != nil || own.Version != 1 {
			return fmt.Errorf("own write: got version %d, %v; want 1", own.Version, err)
		}
		if got, err := tx.Message(m.ID); err != nil || got.Body.Text != "你好" {
			return fmt.Errorf("own message: got %q, %v", got.Body.Text, err)
		}
		hits, err := tx.Thread([]desk.ThreadKey{{Inbox: "mail", MessageID: "other"}, key})
		if err != nil || len(hits) != 1 {
			return fmt.Errorf("own thread: got %v, %v", hits, err)
		}
		return tx.Append(event(c.ID, desk.Opened{Inbox: "mail", Medium: desk.Email}), event(c.ID, desk.MessageReceived{Message: m.ID, Number: 1}))
	})
	got := load(t, db, c.ID)
	want := c
	want.Version, want.Number = 1, 1001
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("conversation (-want +got):\n%s", d)
	}
	gotMessage, err := db.Message(t.Context(), m.ID)
	if err != nil {
		t.Fatalf("message: %v", err)
	}
	if d := cmp.Diff(m, gotMessage); d != "" {
		t.Errorf("message (-want +got):\n%s", d)
	}
	es := all(t.Context(), t, db)
	if len(es) != 2 || es[0].Seq != 1 || es[1].Seq != 2 {
		t.Fatalf("events: got %+v, want two numbered 1 and 2", es)
	}
	if d := cmp.Diff(desk.Fact(desk.MessageReceived{Message: m.ID, Number: 1}), es[1].Fact); d != "" {
		t.Errorf("fact (-want +got):\n%s", d)
	}
	update(t, db, func(tx desk.Tx) error {
		hits, err := tx.Thread([]desk.ThreadKey{key})
		if err == nil && (len(hits) != 1 || hits[0].Message != m.ID) {
			err = fmt.Errorf("thread: got %v", hits)
		}
		return err
	})
	kept := desk.ThreadKey{Inbox: "mail", MessageID: "?a place"}
	for range 2 { // a free key leads to the message from now on; a taken one stays
		update(t, db, func(tx desk.Tx) error {
			if err := tx.Await([]desk.ThreadKey{kept, key, kept}, c.ID, "another"); err != nil {
				return err
			}
			hits, err := tx.Thread([]desk.ThreadKey{kept, key})
			if err == nil && (len(hits) != 2 || hits[0].Message != "another" || hits[1].Message != m.ID) {
				err = fmt.Errorf("await: got %v", hits)
			}
			return err
		})
	}
}

func testRefusal(t *testing.T, db *store.DB) {
	c := conversation()
	err := db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error {
		if err := tx.SaveConversation(c, nil, ""); err != nil {
			return err
		}
		return errors.Join(tx.Append(event(c.ID, desk.Opened{})), errRefused)
	})
	if !errors.Is(err, errRefused) {
		t.Fatalf("got %v, want fn's own error", err)
	}
	if _, _, err := db.Conversation(t.Context(), c.ID); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("refused conversation: got %v, want not found", err)
	}
	if es := all(t.Context(), t, db); len(es) != 0 {
		t.Errorf("events: got %d, want none", len(es))
	}
	if got := save(t, db, conversation()).Number; got != 1001 {
		t.Errorf("number after a refusal: got %d, want 1001", got)
	}
}

func testVersions(t *testing.T, db *store.DB) {
	c := save(t, db, conversation())
	update(t, db, func(tx desk.Tx) error { return tx.SaveConversation(c, nil, "") })
	err := db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error { return tx.SaveConversation(c, nil, "") })
	wantReason(t, err, "stale")
	if got := load(t, db, c.ID).Version; got != 2 {
		t.Errorf("version: got %d, want 2", got)
	}
}

func testSeen(t *testing.T, db *store.DB) {
	seen := desk.Seen{Key: desk.SeenKey{Scope: "mail", External: "x1"}, Hash: "h", Conversation: "c", Message: "m", Number: 4}
	update(t, db, func(tx desk.Tx) error { return tx.MarkSeen(seen) })
	err := db.Update(t.Context(), desk.About{Seen: []desk.SeenKey{seen.Key}}, func(tx desk.Tx) error {
		got, ok, err := tx.Seen(seen.Key)
		if err != nil || !ok {
			return fmt.Errorf("seen: got %v, %v", ok, err)
		}
		if d := cmp.Diff(seen, got); d != "" {
			return errors.New(d)
		}
		return tx.MarkSeen(seen)
	})
	wantReason(t, err, "seen_twice")
	// A unit that does not look meets the unique index, runs again and still does not look: refused, others unharmed.
	err = db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error { return tx.MarkSeen(seen) })
	if err == nil {
		t.Fatal("a key recorded twice: got no error")
	}
	save(t, db, conversation())
}

// testKeysForgotten: an agent's idempotency key is known for a day; what a customer sent, and the tombstone of what was
// deleted, for ever (UP-E4).
func testKeysForgotten(t *testing.T, db *store.DB) {
	key := desk.Seen{Key: desk.SeenKey{Scope: "agent:bo", External: "k1"}, Conversation: "c", Message: "m", Number: 1}
	mail := desk.Seen{Key: desk.SeenKey{Scope: "mail", External: "x1"}, Hash: "h", Conversation: "c", Message: "m", Number: 1}
	grave := desk.Seen{Key: desk.SeenKey{Scope: "mail", External: "x2"}, Hash: "h"}
	update(t, db, func(tx desk.Tx) error {
		return errors.Join(tx.MarkSeen(key), tx.MarkSeen(mail), tx.MarkSeen(grave))
	})
	known := func() (n int) {
		update(t, db, func(tx desk.Tx) error {
			n = 0
			for _, want := range []desk.Seen{key, mail, grave} {
				got, ok, err := tx.Seen(want.Key)
				if err != nil {
					return err
				}
				if !ok {
					continue
				}
				n++
				if d := cmp.Diff(want, got); d != "" {
					return errors.New(d)
				}
			}
			return nil
		})
		return n
	}
	if n, err := db.ForgetKeys(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("young keys: forgot %d, %v, want 0", n, err)
	}
	if got := known(); got != 3 {
		t.Errorf("known: got %d, want 3", got)
	}
	if n, err := db.ForgetKeys(t.Context(), time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("old keys: forgot %d, %v, want 1", n, err)
	}
	if got := known(); got != 2 {
		t.Errorf("known after: got %d, want 2", got)
	}
	update(t, db, func(tx desk.Tx) error { return tx.MarkSeen(key) })
}

func testContacts(t *testing.T, db *store.DB) {
	mail, phone := desk.Identity{Kind: desk.ByEmail, Value: "ann@example.com"}, desk.Identity{Kind: desk.ByPhone, Value: "+8613800138000"}
	ann := desk.Contact{ID: desk.ContactID(id("contact")), Name: "安娜", Tier: desk.Key, Identities: []desk.Identity{mail}, CreatedAt: day, UpdatedAt: day}
	update(t, db, func(tx desk.Tx) error {
		if _, err := tx.ContactByIdentity(mail); !errors.Is(err, desk.ErrNotFound) {
			return fmt.Errorf("before: %v", err)
		}
		return tx.SaveContact(ann)
	})
	err := db.Update(t.Context(), desk.About{Identities: []desk.Identity{mail, phone}}, func(tx desk.Tx) error {
		got, err := tx.ContactByIdentity(mail)
		if err != nil {
			return err
		}
		got.Identities = append(got.Identities, phone)
		return tx.SaveContact(got)
	})
	if err != nil {
		t.Fatalf("second identity: %v", err)
	}
	got, err := db.Contact(t.Context(), ann.ID)
	want := ann
	want.Version, want.Identities = 2, []desk.Identity{mail, phone}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("contact: %v (-want +got):\n%s", err, d)
	}
	other := desk.Contact{ID: desk.ContactID(id("contact")), Identities: []desk.Identity{phone}}
	err = db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error { return tx.SaveContact(other) })
	wantReason(t, err, "identity_taken")
	testContactOrder(t, db, ann)
}

// testContactOrder has visitors without a name stand behind the customers, on whatever page.
func testContactOrder(t *testing.T, db *store.DB, ann desk.Contact) {
	names := []string{"", "", "Bo", "Cy"}
	want := []string{"Bo", "Cy", ann.Name, "", ""}
	for i, name := range names {
		at := []desk.Identity{{Kind: desk.ByVisitor, Value: fmt.Sprintf("visitor-%d", i)}}
		c := desk.Contact{ID: desk.ContactID(id("contact")), Name: name, Tier: desk.Ordinary, Identities: at, CreatedAt: day, UpdatedAt: day}
		update(t, db, func(tx desk.Tx) error { return tx.SaveContact(c) })
	}
	for limit := 1; limit <= len(want)+1; limit++ {
		var got []string
		var after desk.ContactKeyset
		for range len(want) + 1 {
			page, err := db.Contacts(t.Context(), desk.ContactQuery{Limit: limit, After: after})
			if err != nil {
				t.Fatalf("contacts by %d: %v", limit, err)
			}
			for _, c := range page {
				if len(c.Identities) == 0 {
					t.Errorf("contacts by %d: %q came without identities", limit, c.Name)
				}
				got, after = append(got, c.Name), desk.ContactKeyset{Name: c.Name, ID: string(c.ID)}
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("contacts by %d (-want +got):\n%s", limit, d)
		}
	}
}

func testAssignments(t *testing.T, db *store.DB) {
	c := save(t, db, conversation(func(c *desk.Conversation) { c.Assignee = "bo" }))
	held := func(a desk.AgentID) (ids []desk.ConversationID) {
		update(t, db, func(tx desk.Tx) (err error) { ids, err = tx.HeldBy(a); return err })
		return ids
	}
	if got := held("bo"); len(got) != 1 || got[0] != c.ID {
		t.Errorf("held by bo: got %v, want %s", got, c.ID)
	}
	update(t, db, func(tx desk.Tx) error {
		c.Assignee = "cy"
		if err := tx.SaveConversation(c, nil, "offer-1"); err != nil {
			return err
		}
		mine, err := tx.HeldBy("cy")
		if err == nil && len(mine) != 1 {
			err = fmt.Errorf("own write: held by cy: got %v", mine)
		}
		return err
	})
	if got := held("bo"); len(got) != 0 {
		t.Errorf("held by bo after: got %v, want none", got)
	}
	// One offer opens one assignment, whoever asks (R2).
	other := save(t, db, conversation())
	other.Assignee = "bo"
	err := db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error { return tx.SaveConversation(other, nil, "offer-1") })
	if err == nil {
		t.Error("an offer used twice: got no error")
	}
}

func testOpenChat(t *testing.T, db *store.DB) {
	chat := func(c *desk.Conversation) { c.Inbox, c.Medium, c.Contact = "widget", desk.Chat, "vi" }
	first := save(t, db, conversation(chat))
	update(t, db, func(tx desk.Tx) error {
		got, err := tx.OpenChat("widget", "vi")
		if err == nil && got != first.ID {
			err = fmt.Errorf("open chat: got %s, want %s", got, first.ID)
		}
		return err
	})
	err := db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error { return tx.SaveConversation(conversation(chat), nil, "") })
	if err == nil {
		t.Fatal("second open chat of one visitor: got no error")
	}
	first.Status = desk.Resolved
	update(t, db, func(tx desk.Tx) error {
		if err := tx.SaveConversation(first, nil, ""); err != nil {
			return err
		}
		if _, err := tx.OpenChat("widget", "vi"); !errors.Is(err, desk.ErrNotFound) {
			return fmt.Errorf("after resolving: got %v, want not found", err)
		}
		return tx.SaveConversation(conversation(chat), nil, "")
	})
}

func testClocks(t *testing.T, db *store.DB) {
	c := conversation()
	clock := func(n int) desk.Clock {
		return desk.Clock{
			Conversation: c.ID, Target: desk.NextResponse, N: n, Policy: "p", Budget: time.Hour, DueVersion: 1,
			Warnings: []int{50, 80}, StartedAt: day, DueAt: day.Add(time.Hour), NextAt: day.Add(30 * time.Minute),
		}
	}
	update(t, db, func(tx desk.Tx) error {
		return tx.SaveConversation(c, []desk.Clock{clock(1), clock(2), clock(3)}, "")
	})
	_, clocks, err := db.Conversation(t.Context(), c.ID)
	if d := cmp.Diff([]desk.Clock{clock(2), clock(3)}, clocks); err != nil || d != "" {
		t.Fatalf("clocks: %v (-want +got):\n%s", err, d)
	}
	warn := func(k desk.Clock) (first bool) {
		k.NextAt = day.Add(48 * time.Minute)
		update(t, db, func(tx desk.Tx) (err error) { first, err = tx.Notice(k, 50, day, desk.Rung{}); return err })
		return first
	}
	if !warn(clock(3)) {
		t.Error("first notice: got false, want true")
	}
	if warn(clock(3)) {
		t.Error("second notice: got true, want false")
	}
	due, err := db.Due(t.Context(), day.Add(31*time.Minute), 10)
	if err != nil || len(due) != 2 || due[0].N != 1 || due[1].N != 2 {
		t.Errorf("due: got %+v, %v; want clocks 1 and 2", due, err)
	}
	if got := load(t, db, c.ID).Version; got != 1 {
		t.Errorf("version after a notice: got %d, want 1", got)
	}
}

func testSettings(t *testing.T, db *store.DB) {
	agent := func(id, email string) desk.Setting {
		return desk.Setting{Kind: desk.SettingAgent, ID: id, Doc: []byte(`{"name":"Bo","email":"` + email + `"}`), UpdatedAt: day}
	}
	update(t, db, func(tx desk.Tx) error { return tx.SaveSetting(agent("bo", "Bo@example.com")) })
	if a, ok := db.Directory().Agent("bo"); !ok || a.Name != "Bo" {
		t.Errorf("directory: got %+v, %v", a, ok)
	}
	err := db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error { return tx.SaveSetting(agent("cy", "bo@example.com")) })
	wantReason(t, err, "email_taken")
	err = db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error { return tx.SaveSetting(agent("bo", "x@example.com")) })
	wantReason(t, err, "stale")
	update(t, db, func(tx desk.Tx) error {
		s, err := tx.Setting(desk.SettingAgent, "bo")
		if err != nil {
			return err
		}
		s.Deleted = true
		return tx.SaveSetting(s)
	})
	if _, ok := db.Directory().Agent("bo"); ok {
		t.Error("directory: a deleted agent is still there")
	}
	update(t, db, func(tx desk.Tx) error {
		return tx.SavePresence(desk.Presence{Agent: "bo", State: desk.Away, Reason: "lunch", Since: day})
	})
	update(t, db, func(tx desk.Tx) error {
		p, err := tx.Presence("bo")
		if err == nil && (p.State != desk.Away || p.Reason != "lunch" || !p.Since.Equal(day)) {
			err = fmt.Errorf("presence: got %+v", p)
		}
		return err
	})
}

func testNested(t *testing.T, db *store.DB) {
	err := db.Update(t.Context(), desk.About{}, func(desk.Tx) error {
		return db.Update(t.Context(), desk.About{}, func(desk.Tx) error { return nil })
	})
	wantReason(t, err, "update_nested")
	err = db.Update(t.Context(), desk.About{}, func(desk.Tx) error { panic("a programmer's error") })
	wantReason(t, err, "panic")
	save(t, db, conversation())
}

// testConcurrent has writers that sometimes refuse and sometimes break a unique index, and a reader at the tail: what
// was acknowledged is stored, what was refused is not, and the reader never sees a hole.
func testConcurrent(t *testing.T, db *store.DB) {
	const writers, each = 16, 60
	hot := save(t, db, conversation())
	ctx, stop := context.WithCancel(t.Context())
	tailed := make(chan error, 1)
	var tail int64
	go func() { tailed <- follow(ctx, db, &tail) }()
	var mu sync.Mutex
	stored := map[desk.MessageID]bool{}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				id, err := hammer(t.Context(), db, hot.ID, w, i)
				mu.Lock()
				stored[id] = err == nil
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	want := 0
	for id, ok := range stored {
		_, err := db.Message(t.Context(), id)
		if ok {
			want++
		}
		if ok != (err == nil) {
			t.Errorf("message %s: acknowledged %v, reading it: %v", id, ok, err)
		}
	}
	if got := load(t, db, hot.ID).Messages; got != int64(want) || want < writers*each/2 {
		t.Errorf("messages: got %d, want %d", got, want)
	}
	last, err := db.LastSeq(t.Context())
	if err != nil || last != int64(want) {
		t.Errorf("last seq: got %d, %v; want %d", last, err, want)
	}
	stop()
	if err := <-tailed; err != nil {
		t.Error(err)
	}
}

// hammer adds one message to the hot conversation; every 7th is refused and every 11th breaks a unique index.
func hammer(ctx context.Context, db *store.DB, hot desk.ConversationID, w, i int) (desk.MessageID, error) {
	mid := desk.MessageID(fmt.Sprintf("m-%d-%d", w, i))
	err := db.Update(ctx, desk.About{Conversations: []desk.ConversationID{hot}}, func(tx desk.Tx) error {
		c, _, err := tx.Conversation(hot)
		if err != nil {
			return err
		}
		m := message(&c, "第一句 hello")
		m.ID = mid
		if i%11 == 10 {
			m.Number = 1 // taken: unique (conversation, number)
		}
		if err := errors.Join(tx.AddMessage(m), tx.SaveConversation(c, nil, ""), tx.Append(event(hot, desk.MessageReceived{Message: mid}))); err != nil {
			return err
		}
		if i%7 == 6 {
			return errRefused
		}
		return nil
	})
	return mid, err
}

// follow reads the log as the feed does and reports the first hole.
func follow(ctx context.Context, db *store.DB, tail *int64) error {
	for {
		es, err := db.EventsAfter(context.WithoutCancel(ctx), *tail, 100)
		if err != nil {
			return err
		}
		for _, e := range es {
			if e.Seq != *tail+1 {
				return fmt.Errorf("a hole: after %d came %d", *tail, e.Seq)
			}
			*tail = e.Seq
		}
		if len(es) == 0 {
			select {
			case <-ctx.Done():
				return nil
			case <-db.Committed():
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}
