package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yingda/webui"
)

// person is somebody of the house at a console: REST and the live socket, as a browser has them.
type person struct {
	*house
	id      string
	base    string
	http    *http.Client
	socket  *line[frame]
	handled *offers
}

// offers are those a person has dealt with.
type offers struct {
	sync.Mutex
	done []string
}

// frame is any frame of the console's socket.
type frame struct {
	N            int64           `json:"n"`
	Cursor       string          `json:"cursor"`
	Kind         string          `json:"kind"`
	Resumed      bool            `json:"resumed"`
	Conversation json.RawMessage `json:"conversation"`
	Message      webui.Message   `json:"message"`
	Offer        webui.Offer     `json:"offer"`
	Clock        webui.Clock     `json:"clock"`
	Channel      webui.Channel   `json:"channel"`
	Presence     webui.Presence  `json:"presence"`
	Who          webui.Who       `json:"who"`
	What         string          `json:"what"`
	Reason       string          `json:"reason"`
	ID           string          `json:"id"`
	On           bool            `json:"on"`
}

// about is the conversation of a frame that carries a whole row.
func (f frame) about() webui.Conversation {
	var c webui.Conversation
	_ = json.Unmarshal(f.Conversation, &c) // a bare id stays the zero row
	return c
}

// refusal is the API saying no.
type refusal struct {
	Status     int    `json:"-"`
	RetryAfter string `json:"-"`
	Code       string `json:"code"`
	Reason     string `json:"reason"`
	Body       string `json:"-"`
}

// SignsIn signs in at the house's node, opens the socket and, for those who answer, becomes available.
func (h *house) SignsIn(id string) *person { h.Helper(); return h.SignsInAt(h.base, id) }

// SignsInAt is SignsIn at another node.
func (h *house) SignsInAt(base, id string) *person {
	h.Helper()
	p := &person{house: h, id: id, base: base, http: browser(h), handled: &offers{}}
	p.must(http.MethodPost, "/auth/sign-in", map[string]any{"email": id + "@house.test", "password": password}, nil)
	p.Connects()
	if id != "admin" && id != "max" && id != "lea" {
		p.Is("available")
	}
	return p
}

// Connects opens the socket and waits for its welcome.
func (p *person) Connects() {
	p.Helper()
	dialer := websocket.Dialer{Jar: p.http.Jar, HandshakeTimeout: patience}
	conn, res, err := dialer.DialContext(p.Context(), "ws"+strings.TrimPrefix(p.base, "http")+"/api/v1/socket", http.Header{"Origin": {p.base}})
	if err != nil {
		p.Fatalf("%s opens the socket: %v", p.id, err)
	}
	_ = res.Body.Close()
	p.Cleanup(func() { _ = conn.Close() })
	p.socket = listen[frame](conn)
	p.says(map[string]any{"kind": "hello", "cursor": "", "topics": []string{"board"}})
	p.Sees("welcome", func(f frame) bool { return f.Kind == "welcome" })
}

// Is sets the person's presence.
func (p *person) Is(state string) {
	p.Helper()
	p.must(http.MethodPut, "/me/presence", map[string]any{"state": state}, nil)
}

// Watches has a conversation on screen beside the board.
func (p *person) Watches(c webui.Conversation) {
	p.Helper()
	p.says(map[string]any{"kind": "watch", "topics": []string{"board", "conversation:" + c.ID}})
	p.says(map[string]any{"kind": "ping"}) // frames are read in order: after the pong the watch holds
	before := p.socket.count(isPong)
	until(p, "the watch holds", func() bool { return p.socket.count(isPong) > 0 && p.socket.count(isPong) >= before })
}

func isPong(f frame) bool { return f.Kind == "pong" }

func (p *person) says(v any) {
	p.Helper()
	if err := p.socket.conn.WriteJSON(v); err != nil {
		p.Fatalf("%s speaks on the socket: %v", p.id, err)
	}
}

// Sees waits for a frame.
func (p *person) Sees(what string, fits func(frame) bool) frame {
	p.Helper()
	return p.socket.hears(p, p.id+" sees "+what, fits)
}

// IsOffered waits for the next offer of a medium not dealt with yet.
func (p *person) IsOffered(medium string) webui.Offer {
	p.Helper()
	return p.Sees("an offer of "+medium, func(f frame) bool {
		return f.Kind == "offer" && f.Offer.Conversation.Medium == medium && !p.handled.has(f.Offer.ID)
	}).Offer
}

func (o *offers) has(id string) bool {
	o.Lock()
	defer o.Unlock()
	return slices.Contains(o.done, id)
}

func (o *offers) add(id string) {
	o.Lock()
	defer o.Unlock()
	o.done = append(o.done, id)
}

// Accepts takes an offer.
func (p *person) Accepts(o webui.Offer) (c webui.Conversation) {
	p.Helper()
	p.handled.add(o.ID)
	p.must(http.MethodPost, "/offers/"+o.ID+"/accept", nil, &c)
	if c.Assignee != p.id {
		p.Fatalf("after accepting: got assignee %q, want %s", c.Assignee, p.id)
	}
	return c
}

// Declines refuses an offer.
func (p *person) Declines(o webui.Offer) {
	p.Helper()
	p.handled.add(o.ID)
	p.must(http.MethodPost, "/offers/"+o.ID+"/decline", map[string]any{"reason": "busy"}, nil)
}

// Replies answers the customer at once, without the seconds to undo it.
func (p *person) Replies(c webui.Conversation, text string) (m webui.Message) {
	p.Helper()
	p.must(http.MethodPost, "/conversations/"+c.ID+"/messages", map[string]any{"text": text, "force": true, "undo_s": 0}, &m)
	return m
}

// Reads loads a conversation as it stands.
func (p *person) Reads(c webui.Conversation) (now webui.Conversation) {
	p.Helper()
	p.must(http.MethodGet, "/conversations/"+c.ID, nil, &now)
	return now
}

// Thread is a conversation's messages, oldest first.
func (p *person) Thread(c webui.Conversation) []webui.Message {
	p.Helper()
	var page webui.Thread
	p.must(http.MethodGet, "/conversations/"+c.ID+"/messages?limit=100", nil, &page)
	return page.Items
}

// Sets changes a conversation's fields.
func (p *person) Sets(c webui.Conversation, what map[string]any) (now webui.Conversation) {
	p.Helper()
	what["version"] = p.Reads(c).Version
	p.must(http.MethodPatch, "/conversations/"+c.ID, what, &now)
	return now
}

// Does posts a deed upon a conversation: take, assign, transfer, merge, called-back, notes.
func (p *person) Does(c webui.Conversation, deed string, what map[string]any) {
	p.Helper()
	p.must(http.MethodPost, "/conversations/"+c.ID+"/"+deed, what, nil)
}

// List is one page of conversations.
func (p *person) List(query string) []webui.Conversation {
	p.Helper()
	var page webui.Page[webui.Conversation]
	p.must(http.MethodGet, "/conversations?limit=100&"+query, nil, &page)
	return page.Items
}

// Finds waits for the one conversation that fits: lists follow the commit, but what comes in takes its time.
func (p *person) Finds(what string, fits func(webui.Conversation) bool) (c webui.Conversation) {
	p.Helper()
	until(p, p.id+" finds "+what, func() bool {
		for _, x := range p.List("status=any") {
			if fits(x) {
				c = x
				return true
			}
		}
		return false
	})
	return c
}

// Board is the supervisor's picture.
func (p *person) Board() (b webui.Board) {
	p.Helper()
	p.must(http.MethodGet, "/board", nil, &b)
	return b
}

// must asks the API and ends the test when it refuses.
func (p *person) must(method, path string, in, out any) {
	p.Helper()
	if no := p.asks(method, path, in, out); no != nil {
		p.Fatalf("%s: %s %s: got %d %s", p.id, method, path, no.Status, no.Body)
	}
}

// asks sends in as JSON and reads the answer into out, or returns the refusal. Status 0 is a line that broke.
func (p *person) asks(method, path string, in, out any) *refusal {
	p.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		p.Fatalf("write %s: %v", path, err)
	}
	if in == nil {
		raw = nil
	}
	req, err := http.NewRequestWithContext(p.Context(), method, p.base+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		p.Fatalf("ask %s: %v", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := p.http.Do(req)
	if err != nil {
		return &refusal{Body: err.Error()}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return &refusal{Body: err.Error()}
	}
	if res.StatusCode >= 300 {
		no := &refusal{Status: res.StatusCode, RetryAfter: res.Header.Get("Retry-After"), Body: string(body)}
		_ = json.Unmarshal(body, no) // what is not ours stays as text
		return no
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		p.Fatalf("read the answer of %s %s: %v: %s", method, path, err, body)
	}
	return nil
}

// clockOf is a conversation's clock of a target.
func clockOf(c webui.Conversation, target string) (webui.Clock, error) {
	for _, k := range c.Clocks {
		if k.Target == target {
			return k, nil
		}
	}
	return webui.Clock{}, fmt.Errorf("no clock %s among %d", target, len(c.Clocks))
}

// soon is a moment d from now as the API takes it.
func soon(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339Nano) }

// browser is a client with a cookie jar of its own.
func browser(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatalf("make a jar: %v", err)
	}
	c := &http.Client{Jar: jar, Timeout: patience}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// stands reports whether the person's socket is open, opening it when it is not.
func (p *person) stands() bool {
	if p.socket != nil {
		if _, _, ended, _ := p.socket.look(func(frame) bool { return false }); !ended {
			return true
		}
		p.socket = nil
	}
	dialer := websocket.Dialer{Jar: p.http.Jar, HandshakeTimeout: patience}
	conn, res, err := dialer.DialContext(p.Context(), "ws"+strings.TrimPrefix(p.base, "http")+"/api/v1/socket", http.Header{"Origin": {p.base}})
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	p.Cleanup(func() { _ = conn.Close() })
	p.socket = listen[frame](conn)
	return conn.WriteJSON(map[string]any{"kind": "hello", "cursor": "", "topics": []string{}}) == nil
}
