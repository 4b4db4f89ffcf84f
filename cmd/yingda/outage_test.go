package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"yingda/internal/testkit"
	"yingda/webui"
)

// Redis is emptied, then dies and comes back empty: what comes in is kept and answered all the while, and afterwards
// the index says what the record says (UP-A2).
func TestRedisGoesAndComes(t *testing.T) {
	t.Parallel()
	server := testkit.NewRedis(t)
	c := openHouse(t, func(h *house) { h.cfg.Redis.Addresses = []string{server.Addr} })
	ann := c.SignsIn("ann")
	c.EmailArrives("a@customer.test", "before", "x")
	before := ann.Accepts(ann.IsOffered("email"))

	rdb := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer rdb.Close()
	if err := rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	c.EmailArrives("b@customer.test", "after the flush", "x")
	ann.Accepts(ann.IsOffered("email"))
	c.sameAsRedis(c.node.db)

	server.Stop()
	c.EmailArrives("c@customer.test", "while it is away", "x")
	away := ann.Finds("mail that came while Redis was away", func(x webui.Conversation) bool { return x.Subject == "while it is away" })
	ann.Replies(before, "answered without Redis")
	c.Mailbox("a@customer.test").Has("answered without Redis")
	if causes := c.notReady(); causes["redis"] == "" {
		t.Errorf("/readyz: got %v, want redis named", causes)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if got := ann.Accepts(ann.IsOffered("email")); got.ID != away.ID {
		t.Errorf("after Redis came back: offered %q, want what waited", got.Subject)
	}
	c.sameAsRedis(c.node.db)
	c.isTrue(c.node.db)
}

// notReady is what /readyz names.
func (h *house) notReady() map[string]string {
	h.Helper()
	res, err := http.Get(h.base + "/readyz") //nolint:noctx // our own loopback
	if err != nil {
		h.Fatalf("ask /readyz: %v", err)
	}
	defer res.Body.Close()
	var said struct {
		Ready    bool              `json:"ready"`
		Causes   map[string]string `json:"causes"`
		Degraded map[string]string `json:"degraded"`
	}
	if err := json.NewDecoder(res.Body).Decode(&said); err != nil {
		h.Fatalf("read /readyz: %v", err)
	}
	if said.Ready != (res.StatusCode == http.StatusOK) || said.Ready != (len(said.Causes) == 0) {
		h.Errorf("/readyz: got %d, ready %v, causes %v; want them to agree", res.StatusCode, said.Ready, said.Causes)
	}
	maps.Copy(said.Causes, said.Degraded)
	return said.Causes
}

// PostgreSQL crashes and recovers: meanwhile nothing is taken that is not kept, everybody is told to come back, and
// afterwards everything goes on and nothing is lost (UP-E3, UP-A3).
func TestPostgresGoesAndComes(t *testing.T) {
	t.Parallel()
	server := testkit.PostgresServer(t, testkit.PostgresOptions{Durable: true})
	c := openHouse(t, func(h *house) { h.cfg.Store.URL = server.Database(h) })
	ann := c.SignsIn("ann")
	visitor := c.VisitorComes()
	visitor.Says("before")
	chat := ann.Accepts(ann.IsOffered("chat"))
	until(t, "everything is ready", func() bool { return len(c.notReady()) == 0 })

	server.Crash()
	until(t, "/readyz names the store", func() bool { return c.notReady()["store"] != "" })
	call := phone{c, c.base, uuid.NewString(), "13800138000"}
	if status := call.Tells(map[string]any{"type": "ringing", "event_id": "r"}, nil); status != http.StatusServiceUnavailable {
		t.Errorf("a call while the store is down: got %d, want 503", status)
	}
	no := ann.asks(http.MethodPost, "/conversations/"+chat.ID+"/messages", map[string]any{"client_key": "k", "text": "hello", "force": true}, nil)
	if no == nil || no.Status != http.StatusServiceUnavailable || no.RetryAfter == "" {
		t.Errorf("an answer while the store is down: got %+v, want 503 with Retry-After", no)
	}
	c.EmailArrives("d@customer.test", "while it was down", "x")
	line := chatFrame{Type: "send", ClientID: uuid.NewString(), Text: "during"}
	visitor.tells(line)
	visitor.socket.hears(t, "a refusal", func(f chatFrame) bool { return f.Type == "error" })

	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	until(t, "the call is taken when it is told again", func() bool {
		status := call.Tells(map[string]any{"type": "ringing", "event_id": "r"}, nil)
		return status >= 200 && status < 300
	})
	ann.must(http.MethodPost, "/conversations/"+chat.ID+"/messages", map[string]any{"client_key": "k", "text": "hello", "force": true}, nil)
	visitor.Hears("hello")
	visitor.tells(line)
	visitor.socket.hears(t, "the ack", func(f chatFrame) bool { return f.Type == "ack" && f.ClientID == line.ClientID })
	ann.Finds("the mail that came meanwhile", func(x webui.Conversation) bool { return x.Subject == "while it was down" })
	said := 0
	for _, m := range ann.Thread(chat) {
		if m.Text == "during" || m.Text == "hello" {
			said++
		}
	}
	if said != 2 {
		t.Errorf("what was said during the outage: got %d times, want each of two lines once", said)
	}
	c.isTrue(c.node.db)
}

// The SMTP server is away for a while: the answer waits, over a restart too, and leaves once (UP-E9, UP-E10). The second node
// lives a few minutes later, when the next try is due.
func TestSMTPGoesAndComes(t *testing.T) {
	t.Parallel()
	c := newHouse(t)
	c.prepare()
	node := c.newProcess().Starts()
	c.base = node.base
	ann := c.SignsIn("ann")
	c.EmailArrives("e@customer.test", "Out", "x")
	conv := ann.Accepts(ann.IsOffered("email"))
	c.smtpLine.Cut()
	sent := ann.Replies(conv, "It will leave.")
	until(t, "the first try is over", func() bool {
		for _, m := range ann.Thread(conv) {
			if m.ID == sent.ID && m.Delivery == "queued" && m.NotBefore.After(sent.At.Time.Add(10*time.Second)) {
				return true
			}
		}
		return false
	})
	if _, err := clockOf(ann.Reads(conv), "first_response"); err != nil {
		t.Errorf("while it has not left: %v; want the promise still open", err)
	}
	node.Stops()
	c.smtpLine.Resume()
	node.env = append(node.env, "YINGDA_NOW_OFFSET=5m")
	node.Starts()
	c.Mailbox("e@customer.test").Has("It will leave.")
	until(t, "the promise is met", func() bool { _, err := clockOf(ann.Reads(conv), "first_response"); return err != nil })
}

// The mailbox is unreachable: board and /readyz say so and why, and what came meanwhile is read once (UP-E11, UP-E12).
func TestIMAPGoesAndComes(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	lea := c.SignsIn("lea")
	channel := func() (up bool, cause string) {
		for _, x := range lea.Board().Channels {
			if x.Inbox == "help" {
				return x.Up, x.Cause
			}
		}
		return false, ""
	}
	until(t, "the mailbox is up", func() bool { up, _ := channel(); return up })
	c.imapLine.Cut()
	lea.Sees("the mailbox go down", func(f frame) bool {
		return f.Kind == "channel" && f.Channel.Inbox == "help" && !f.Channel.Up && f.Channel.Cause != ""
	})
	if up, cause := channel(); up || cause == "" {
		t.Errorf("the board: got up %v, cause %q; want down with a cause", up, cause)
	}
	if causes := c.notReady(); causes["inbox:help"] == "" {
		t.Errorf("/readyz: got %v, want inbox:help named", causes)
	}
	c.EmailArrives("f@customer.test", "while the line was cut", "x")
	c.imapLine.Resume()
	lea.Finds("the mail", func(x webui.Conversation) bool { return x.Subject == "while the line was cut" })
	until(t, "the mailbox is up again", func() bool { up, _ := channel(); return up })
	if n := len(lea.List("status=any")); n != 1 {
		t.Errorf("conversations: got %d, want 1", n)
	}
}

// The line breaks after the whole mail and before its 250: nobody knows, so nothing is sent again by itself. A person
// decides (UP-E9, UP-E10).
func TestNobodyKnowsWhetherItArrived(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	ann := c.SignsIn("ann")
	c.EmailArrives("g@customer.test", "Unknown", "x")
	conv := ann.Accepts(ann.IsOffered("email"))
	c.smtp.DropAfterData(1)
	sent := ann.Replies(conv, "Did it arrive?")
	until(t, "the fate is called unknown", func() bool {
		for _, m := range ann.Thread(conv) {
			if m.ID == sent.ID {
				return m.Delivery == "unknown"
			}
		}
		return false
	})
	k, err := clockOf(ann.Reads(conv), "first_response")
	if err != nil || !k.Marked {
		t.Errorf("the promise: got %+v, %v; want it open and marked", k, err)
	}
	ann.must(http.MethodPost, "/conversations/"+conv.ID+"/messages/"+sent.ID+"/resend", nil, nil)
	until(t, "it arrived by hand", func() bool { return len(c.Mailbox("g@customer.test").All()) == 2 })
	both := c.Mailbox("g@customer.test").All()
	if both[0].Get("Message-Id") != both[1].Get("Message-Id") {
		t.Errorf("sent again: got Message-ID %q, want the same %q", both[1].Get("Message-Id"), both[0].Get("Message-Id"))
	}
}
