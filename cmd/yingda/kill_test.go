package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/router"
	"yingda/webui"
)

// killSeed makes a failed run repeatable as far as processes can be.
const killSeed = 20260101

// How much of everything comes in while nodes are killed: enough to last until the last kill.
var (
	kills = killsOf(os.Getenv("YINGDA_FULL")) // how often the node dies during one run
	mails = 3 * kills
	lines = 2 * kills // of each chat
	rings = kills
)

const (
	chats  = 3
	pauses = 350 * time.Millisecond // between two of a kind
)

func killsOf(full string) int {
	if full == "1" {
		return 20
	}
	return 3
}

// The node is killed at arbitrary moments while mails, chats and calls stream in and answers go out. Everything that
// was accepted is there once, no answer went out twice, clocks are what the facts make of them, and Redis says what
// the record says (UP-E3, UP-E9, UP-A2, UP-A3).
func TestKilledBetweenAnyTwoLines(t *testing.T) {
	t.Parallel()
	c := newHouse(t, quickHouse, func(h *house) { h.cfg.Redis.Addresses = []string{testkit.Redis(h)} })
	c.prepare()
	// An offer that a kill left unrecorded rings to its end unseen, and then counts as missed.
	node := c.newProcess("YINGDA_ROUTER__AGAIN=1s", "YINGDA_ROUTER__FORGET=1s").Starts()
	c.base = node.base

	street := c.streamIn()
	dice := rand.New(rand.NewPCG(killSeed, 1))
	for i := range kills {
		after := time.Duration(150+dice.IntN(1200)) * time.Millisecond
		timer := time.NewTimer(after)
		<-timer.C
		node.Kill()
		t.Logf("kill %d after %v", i+1, after)
		node.Starts()
	}
	street.Ends()
	c.checkStreet(street, node)
}

// quickHouse accepts mail and chat for whoever is there, and lets calls wait elsewhere, so that every answer is given.
func quickHouse(h *house) {
	with(desk.SettingQueue, "support", desk.Queue{ID: "support", Name: "Support", Ring: 3, AutoAccept: []desk.Medium{desk.Email, desk.Chat}})(h)
	with(desk.SettingInbox, hotline, desk.Inbox{
		ID: hotline, Name: "Hotline", Medium: desk.Voice, Queue: "sales", Address: "4008001234", Enabled: true, Skills: []desk.Skill{},
		Channel: []byte(`{"provider":"generic","country":"CN","dial":""}`),
	})(h)
}

// street is what comes in, and one agent who answers all of it.
type street struct {
	*house
	outside, inside sync.WaitGroup
	closing         chan struct{}

	mu      sync.Mutex
	replies map[string]bool // texts of ours that the API accepted
	calls   map[string]bool // conversations of calls
}

func (h *house) streamIn() *street {
	s := &street{house: h, closing: make(chan struct{}), replies: map[string]bool{}, calls: map[string]bool{}}
	s.outside.Go(func() {
		for i := range mails {
			h.EmailArrives(fmt.Sprintf("m%d@customer.test", i), fmt.Sprintf("mail %d", i), fmt.Sprintf("mail %d has words", i))
			rest(h.Context(), pauses)
		}
	})
	for i := range chats {
		s.outside.Go(func() { s.chats(i) })
	}
	s.outside.Go(func() {
		for i := range rings {
			s.rings(i)
			rest(h.Context(), 2*pauses)
		}
	})
	s.inside.Go(s.works)
	return s
}

// insists does something again until it succeeds, as mail servers, widgets and exchanges do.
func (s *street) insists(what string, do func() bool) bool {
	end := time.Now().Add(2 * patience)
	for time.Now().Before(end) && s.Context().Err() == nil {
		if do() {
			return true
		}
		rest(s.Context(), 100*time.Millisecond)
	}
	s.Errorf("insisted %v in vain: %s", 2*patience, what)
	return false
}

func (s *street) rings(i int) {
	p := phone{s.house, s.base, fmt.Sprintf("call-%d", i), fmt.Sprintf("1380013800%d", i)}
	for _, e := range []map[string]any{{"type": "ringing", "event_id": "r"}, {"type": "ended", "event_id": "e", "outcome": "abandoned"}} {
		e["at"] = time.Now().UTC().Format(time.RFC3339Nano)
		var r rung
		if !s.insists("tell of a call", func() bool { status := p.Tells(e, &r); return status >= 200 && status < 300 }) {
			return
		}
		s.mu.Lock()
		s.calls[r.Conversation] = true
		s.mu.Unlock()
	}
}

// chats is one visitor: each line is said again, under the same client id, until it is acknowledged (UP-W1).
func (s *street) chats(i int) {
	var w *widget
	token := ""
	for n := range lines {
		id := uuid.NewString()
		text := fmt.Sprintf("chat %d line %d", i, n)
		s.insists(text, func() bool {
			if w == nil || w.line == nil {
				w = s.openWidget(&token)
			}
			if w == nil || !w.send(id, text) {
				w = nil
				return false
			}
			return true
		})
		rest(s.Context(), 2*pauses)
	}
}

// works is ann: she answers each thing that waits for her once, under a key that makes asking again harmless.
func (s *street) works() {
	p := &person{house: s.house, id: "ann", base: s.base, http: browser(s), handled: &offers{}}
	signedIn := false
	for {
		select {
		case <-s.closing:
			return
		default:
		}
		if !signedIn {
			signedIn = p.asks(http.MethodPost, "/auth/sign-in", map[string]any{"email": "ann@house.test", "password": password}, nil) == nil
		}
		if signedIn && p.stands() {
			_ = p.asks(http.MethodPut, "/me/presence", map[string]any{"state": "available"}, nil)
			s.answersAll(p)
		}
		rest(s.Context(), 50*time.Millisecond)
	}
}

func (s *street) answersAll(p *person) {
	var page webui.Page[webui.Conversation]
	if p.asks(http.MethodGet, "/conversations?list=mine&status=open&limit=100", nil, &page) != nil {
		return
	}
	for _, c := range page.Items {
		if c.LastBy != "in" {
			continue
		}
		text := fmt.Sprintf("answer to %s after %d", c.ID, c.Messages)
		no := p.asks(http.MethodPost, "/conversations/"+c.ID+"/messages",
			map[string]any{"client_key": text, "text": text, "force": true, "undo_s": 0, "then": "resolved"}, nil)
		if no == nil {
			s.mu.Lock()
			s.replies[text] = true
			s.mu.Unlock()
		}
	}
}

// Ends waits until all came in, was answered, and left.
func (s *street) Ends() {
	s.Helper()
	s.outside.Wait()
	admin := &person{house: s.house, id: "admin", base: s.base, http: browser(s), handled: &offers{}}
	admin.must(http.MethodPost, "/auth/sign-in", map[string]any{"email": "admin@house.test", "password": password}, nil)
	var unanswered []string
	total := 0
	defer func() {
		if s.Failed() {
			s.explains(admin)
			s.Logf("%d conversations of %d; unanswered:\n%s", total, mails+chats+rings, strings.Join(unanswered, "\n"))
		}
	}()
	until(s, "everything is answered", func() bool {
		all := admin.List("status=any")
		total, unanswered = len(all), nil
		for _, c := range all {
			if c.Medium != "voice" && c.LastBy == "in" { // one whose answer's fate is unknown stays open, rightly
				unanswered = append(unanswered, fmt.Sprintf("%s %s %q: %s, assignee %q, waiting %v, offered to %q, last by %s", c.Medium, c.ID, c.Subject, c.Status, c.Assignee, c.Waiting, c.OfferedTo, c.LastBy))
			}
		}
		return total >= mails+chats+rings && len(unanswered) == 0
	})
	close(s.closing)
	s.inside.Wait()
	until(s, "every answer left", func() bool {
		for _, c := range admin.List("status=any&medium=email") {
			for _, m := range admin.Thread(c) {
				if m.Delivery == "queued" || m.Delivery == "sending" {
					return false
				}
			}
		}
		return true
	})
}

// explains logs why what waits is with nobody, as a supervisor would ask.
func (s *street) explains(p *person) {
	for _, c := range p.List("status=open") {
		if c.Medium == "voice" {
			continue
		}
		var t webui.Trace
		_ = p.asks(http.MethodGet, "/conversations/"+c.ID+"/trace", nil, &t)
		s.Logf("%s %s: %s, the latest steps %+v", c.Medium, c.ID, t.Routing, t.Steps[:min(len(t.Steps), 5)])
	}
	for _, a := range p.Board().Agents {
		if a.Agent == "ann" {
			s.Logf("ann: %s, load %d of %d, %d offers, holds %+v", a.Presence.State, a.Load, a.Capacity, a.Offers, a.Held)
		}
	}
	rdb := redis.NewClient(&redis.Options{Addr: s.cfg.Redis.Addresses[0]})
	defer rdb.Close()
	for _, key := range []string{"held:ann", "seat:ann", "offered"} {
		s.Logf("%s: %v", key, rdb.HGetAll(s.Context(), strings.Replace(router.DefaultShard.Pattern(), "*", key, 1)).Val())
	}
}

// checkStreet looks at what became of it all, in the record and at the other end.
func (h *house) checkStreet(s *street, node *process) {
	h.Helper()
	admin := &person{house: h, id: "admin", base: h.base, http: browser(h), handled: &offers{}}
	admin.must(http.MethodPost, "/auth/sign-in", map[string]any{"email": "admin@house.test", "password": password}, nil)
	came := map[string]int{}
	left := map[string]string{} // our words by mail → delivery
	for _, c := range admin.List("status=any") {
		for _, m := range admin.Thread(c) {
			switch {
			case m.Direction == "in" && m.Call == nil:
				came[strings.TrimSpace(m.Text)]++
			case m.Direction == "out" && c.Medium == "email":
				left[strings.TrimSpace(m.Text)] = m.Delivery
			}
		}
	}
	for _, text := range expected() {
		if came[text] != 1 {
			h.Errorf("%q: got it %d times in the record, want once", text, came[text])
		}
	}
	if n := len(admin.List("status=any&medium=voice")); n != rings || len(s.calls) != rings {
		h.Errorf("calls: got %d conversations (%d told), want %d", n, len(s.calls), rings)
	}
	h.checkSink(left)
	node.Stops()
	db, done := h.record()
	defer done()
	h.isTrue(db)
	if d := h.differs(db); d != "" {
		h.Errorf("redis differs from the record (-record +redis):\n%s", d)
	}
}

func expected() (all []string) {
	for i := range mails {
		all = append(all, fmt.Sprintf("mail %d has words", i))
	}
	for i := range chats {
		for n := range lines {
			all = append(all, fmt.Sprintf("chat %d line %d", i, n))
		}
	}
	return all
}

// checkSink compares what we think we sent with what came at the other end. Only a mail whose fate is unknown may be
// there or not.
func (h *house) checkSink(left map[string]string) {
	h.Helper()
	there := map[string]int{}
	for _, m := range h.smtp.Mails() {
		text := readMail(h, m).text
		for words := range left {
			if strings.Contains(text, words) {
				there[words]++
			}
		}
	}
	if len(left) < mails {
		h.Errorf("answers by mail: got %d, want %d or more", len(left), mails)
	}
	unknown := 0
	for words, delivery := range left {
		n := there[words]
		switch delivery {
		case "sent":
			if n != 1 {
				h.Errorf("%q is sent: arrived %d times, want once", words, n)
			}
		case "unknown":
			unknown++
			if n > 1 {
				h.Errorf("%q is unknown: arrived %d times, want at most once", words, n)
			}
		default:
			h.Errorf("%q: got delivery %q, want sent or unknown", words, delivery)
		}
	}
	h.Logf("%d answers by mail, %d of unknown fate", len(left), unknown)
}
