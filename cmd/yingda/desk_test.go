package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"yingda/desk"
	"yingda/sla"
	"yingda/webui"
)

// A supervisor sees what waits and who is at work, gives it to somebody else, and hands it to another team with a note
// (UP-R8, UP-X3).
func TestTheSupervisorMovesWork(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	lea, ann := c.SignsIn("lea"), c.SignsIn("ann")
	c.EmailArrives("wu@customer.test", "Grinder", "It does not grind.")
	conv := ann.Accepts(ann.IsOffered("email"))
	bo := c.SignsIn("bo")
	until(t, "the board shows ann's work", func() bool { return holds(lea.Board(), "ann", conv.ID) })

	lea.Does(conv, "assign", map[string]any{"agent": "bo"})
	bo.Sees("the conversation given to bo", func(f frame) bool {
		return f.Kind == "conversation" && f.about().ID == conv.ID && f.about().Assignee == "bo"
	})
	until(t, "the board shows it with bo", func() bool { return holds(lea.Board(), "bo", conv.ID) && !holds(lea.Board(), "ann", conv.ID) })

	dan := c.SignsIn("dan")
	if no := dan.asks(http.MethodGet, "/conversations/"+conv.ID, nil, nil); no == nil || no.Status != http.StatusNotFound {
		t.Errorf("dan of another team: got %+v, want 404", no)
	}
	bo.Does(conv, "transfer", map[string]any{"queue": "sales", "note": "wants to buy a new one"})
	taken := dan.Accepts(dan.IsOffered("email"))
	notes := slices.DeleteFunc(dan.Thread(taken), func(m webui.Message) bool { return m.Direction != "note" })
	if len(notes) != 1 || notes[0].Text != "wants to buy a new one" || notes[0].Author.ID != "bo" {
		t.Errorf("the note: got %+v, want bo's", notes)
	}
	if n := len(c.Mailbox("wu@customer.test").All()); n != 0 {
		t.Errorf("mails to the customer: got %d, want none of a note", n)
	}
}

func holds(b webui.Board, agent, conv string) bool {
	for _, a := range b.Agents {
		for _, h := range a.Held {
			if a.Agent == agent && h.Conversation == conv {
				return true
			}
		}
	}
	return false
}

// Snoozed work comes back by itself, to whoever had it; merging keeps both threads and leaves one; search finds a
// Chinese word of two characters, and only where one may look (UP-C4, UP-C8, UP-X3).
func TestSnoozeMergeSearch(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	ann := c.SignsIn("ann")
	c.EmailArrives("zhao@customer.test", "批量采购", "请报磨豆机的价格。")
	one := ann.Accepts(ann.IsOffered("email"))
	c.EmailArrives("zhao@customer.test", "补充", "六家门店各两台磨豆机。")
	two := ann.Accepts(ann.IsOffered("email"))

	ann.Sets(one, map[string]any{"status": "snoozed", "snooze_until": soon(1500 * time.Millisecond)})
	asleep := ann.Sees("it asleep", func(f frame) bool {
		return f.Kind == "conversation" && f.about().ID == one.ID && f.about().Status == "snoozed"
	}).about()
	ann.Sees("it awake again", func(f frame) bool {
		return f.Kind == "conversation" && f.about().ID == one.ID && f.about().Status == "open" && f.about().Version > asleep.Version
	})
	until(t, "it is with ann again", func() bool { return ann.Reads(one).Assignee == "ann" })

	ann.Does(two, "merge", map[string]any{"into": one.ID})
	if got := ann.Reads(two); got.MergedInto != one.ID {
		t.Errorf("merged: got %q, want %s", got.MergedInto, one.ID)
	}
	if n := len(ann.List("status=active")); n != 1 {
		t.Errorf("active conversations after the merge: got %d, want 1", n)
	}

	if hits := ann.searches("磨豆"); len(hits) == 0 || !strings.Contains(hits[0].Message.Excerpt, "\x01磨豆\x02") {
		t.Errorf("ann's search: got %+v, want hits with the word marked", hits)
	}
	if hits := c.SignsIn("dan").searches("磨豆"); len(hits) != 0 {
		t.Errorf("dan's search: got %d hits, want none of another team's", len(hits))
	}
}

func (p *person) searches(word string) []webui.SearchResult {
	p.Helper()
	var page webui.Page[webui.SearchResult]
	p.must(http.MethodGet, "/search?q="+word, nil, &page)
	return page.Items
}

// Out of hours the widget says so and takes a form, which becomes a mail conversation and is answered by mail (UP-W5).
func TestTheFormOutOfHours(t *testing.T) {
	t.Parallel()
	anotherDay := strings.ToLower(time.Now().UTC().AddDate(0, 0, 3).Weekday().String()[:3])
	closed := sla.Calendar{ID: "closed", Name: "Closed", TimeZone: "UTC", Hours: map[string][]sla.Interval{anotherDay: {{"09:00", "17:00"}}}}
	c := openHouse(t, with(desk.SettingCalendar, "closed", closed), with(desk.SettingInbox, "widget", desk.Inbox{
		ID: "widget", Name: "Widget", Medium: desk.Chat, Queue: "support", Address: widgetKey, Enabled: true, Skills: []desk.Skill{},
		Channel: []byte(`{"origins":[],"reply_within_h":24,"offline_inbox":"help","calendar":"closed"}`),
	}))
	var session struct {
		Settings struct{ Open, Offline bool }
	}
	c.posts(c.base+"/widget/v1/"+widgetKey+"/session", map[string]any{}, &session)
	if session.Settings.Open || !session.Settings.Offline {
		t.Errorf("the widget: got open %v, form %v; want closed with the form", session.Settings.Open, session.Settings.Offline)
	}
	form := map[string]any{"client_id": "f1", "name": "Xu", "email": "xu@customer.test", "text": "明天能送到吗？", "lang": "zh"}
	for range 2 { // a second click is harmless
		if status := c.posts(c.base+"/widget/v1/"+widgetKey+"/offline", form, nil); status != http.StatusCreated {
			t.Fatalf("the form: got %d, want 201", status)
		}
	}
	ann := c.SignsIn("ann")
	conv := ann.Accepts(ann.IsOffered("email"))
	if n := len(ann.Thread(conv)); n != 1 {
		t.Errorf("the form, sent twice: got %d messages, want 1", n)
	}
	ann.Replies(conv, "明天上午送到。")
	c.Mailbox("xu@customer.test").Has("明天上午送到。")
}

// A policy changed over the API moves what open conversations owe within a second; a promise that breaks is on the
// supervisor's screen within another (UP-S3, UP-S5).
func TestAPolicyChanges(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	lea, admin := c.SignsIn("lea"), c.SignsIn("admin")
	c.EmailArrives("sun@customer.test", "Hello", "Is anybody there?")
	conv := lea.Finds("the mail", func(x webui.Conversation) bool { return x.Subject == "Hello" })
	before, err := clockOf(conv, "first_response")
	if err != nil {
		t.Fatal(err)
	}
	const within = 4 // seconds; the mail came in well less than that ago
	strict := sla.Policy{
		ID: "strict", Name: "Strict", Order: -1, Warnings: []int{},
		Targets: []sla.Promise{{Target: desk.FirstResponse, Within: within}},
	}
	changed := time.Now()
	admin.must(http.MethodPut, "/settings/policies/strict", map[string]any{"version": 0, "doc": strict}, nil)
	var due time.Time
	until(t, "the due moment moves", func() bool {
		k, err := clockOf(lea.Reads(conv), "first_response")
		due = k.DueAt.Time
		return err == nil && !due.Equal(before.DueAt.Time)
	})
	if took := time.Since(changed); took > slack(time.Second) {
		t.Errorf("the new due moment came after %v, want within a second", took)
	}
	if want := before.StartedAt.Add(within * time.Second); !due.Equal(want) {
		t.Errorf("due: got %v, want %v, from the original start", due, want)
	}
	lea.Sees("the breach", func(f frame) bool {
		return f.Kind == "clock" && f.What == "breached" && f.about().ID == conv.ID
	})
	if late := time.Since(due); late > slack(time.Second) {
		t.Errorf("the breach was seen %v after the moment, want within a second", late)
	}
	if n := lea.socket.count(func(f frame) bool { return f.Kind == "clock" && f.What == "breached" }); n != 1 {
		t.Errorf("breaches announced: got %d, want 1", n)
	}
	board := lea.Board()
	if board.LateTotal != 1 || len(board.Late) != 1 || board.Late[0].Conversation.ID != conv.ID {
		t.Errorf("the board's late ones: got %d %+v, want the mail", board.LateTotal, board.Late)
	}
}
