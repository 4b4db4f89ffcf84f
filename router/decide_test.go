package router

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yingda/desk"
)

// endpoint is a Decider over a real server; signatures are channels/webhook's affair, and cmd's test has them.
type endpoint struct {
	RoutingDecide
	asked  atomic.Int64
	answer atomic.Pointer[http.HandlerFunc]
}

// Endpoint is Decider.
func (e *endpoint) Endpoint(desk.QueueID) *RoutingDecide { return &e.RoutingDecide }

// Ask is Decider.
func (e *endpoint) Ask(ctx context.Context, d RoutingDecide, _ string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", res.StatusCode)
	}
	return io.ReadAll(res.Body)
}

func (e *endpoint) says(answer string) {
	e.does(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
}

func (e *endpoint) does(h http.HandlerFunc) { e.answer.Store(&h) }

// newEndpoint serves until the test ends. Its deadline leaves a busy machine time.
func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.asked.Add(1)
		(*e.answer.Load())(w, r)
	}))
	t.Cleanup(server.Close)
	e.RoutingDecide = RoutingDecide{URL: server.URL, Deadline: 20_000}
	return e
}

// openDeciding is a house with ann and bob at the queue help; our own choice is ann. Nothing runs yet.
func openDeciding(t *testing.T, addr string, l *ledger, e *endpoint) *room {
	t.Helper()
	for i, id := range []string{"ann", "bob"} {
		s := agent(id, "help")
		s.Capacity, s.IdleSince = 1000, dawn.Add(time.Duration(i)*time.Minute)
		l.sit(s)
	}
	return reopen(t, addr, l, e)
}

func reopen(t *testing.T, addr string, l *ledger, e *endpoint) *room {
	rm := open(t, addr, l, newHouse(desk.Queue{ID: "help", Ring: 600}), newLatch(), fast())
	rm.oracle = newOracle(e, func(string) {})
	rm.equip(rm.m)
	return rm
}

func steered(id string) desk.Work {
	w := chat(id, "help", 60)
	w.Tier, w.Plan = desk.Key, &desk.Plan{Policy: "help", Version: 3}
	return w
}

// decidedOf waits for the offer of a conversation and says to whom it went and what its trace says of the decision.
func decidedOf(t *testing.T, l *ledger, c desk.ConversationID) (desk.AgentID, string, map[string]string) {
	t.Helper()
	var agent desk.AgentID
	why := map[string]string{}
	eventually(t, "an offer of "+string(c), func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, e := range l.facts {
			if f, ok := e.Fact.(desk.Offered); ok && e.Subject.ID == string(c) {
				agent = f.Agent
				for _, r := range f.Why {
					why[r.Rule] = r.Value
				}
				return true
			}
		}
		return false
	})
	return agent, why["decided"], why
}

// The endpoint gets the facts and the candidates, our own choice first, and chooses otherwise.
func TestEndpointChooses(t *testing.T) {
	t.Parallel()
	l, e := newLedger(), newEndpoint(t)
	var got atomic.Pointer[asked]
	e.does(func(w http.ResponseWriter, r *http.Request) {
		var q asked
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		got.Store(&q)
		_, _ = io.WriteString(w, `{"agent":"bob"}`)
	})
	openDeciding(t, mini(t), l, e).start()
	l.queue(steered("c1"))
	who, decided, why := decidedOf(t, l, "c1")
	if who != "bob" || decided != "endpoint" || why["rule"] != "endpoint" {
		t.Errorf("got %s, decided %q by %q, want bob by the endpoint", who, decided, why["rule"])
	}
	q := got.Load()
	c := q.Conversation
	if c.ID != "c1" || c.Queue != "help" || c.Medium != desk.Chat || c.Tier != desk.Key || c.Version != 3 || !c.Due.Equal(dawn.Add(time.Minute)) {
		t.Errorf("the question: got %+v", c)
	}
	if len(q.Candidates) != 2 || q.Candidates[0].Agent != "ann" || q.Candidates[1].Agent != "bob" || q.Candidates[0].Capacity != 1000 {
		t.Errorf("candidates: got %+v, want ann, our choice, and bob", q.Candidates)
	}
}

// Whatever goes wrong, our own choice counts, and the trace says why.
func TestEndpointFails(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, answer, want string
		who                desk.AgentID
	}{
		{"leaves it to us", `{}`, "left", "ann"},
		{"an order", `{"order":["zed","bob","ann"]}`, "endpoint", "bob"},
		{"nobody we know", `{"agent":"zed"}`, "ineligible", "ann"},
		{"nobody at all", `{"agent":""}`, "ineligible", "ann"},
		{"an empty order", `{"order":[]}`, "ineligible", "ann"},
		{"no JSON", `<html>`, "broken", "ann"},
		{"two answers", `{"agent":"bob","wait_s":3}`, "broken", "ann"},
		{"two documents", `{"agent":"bob"}{"agent":"ann"}`, "broken", "ann"},
		{"a typing mistake", `{"agnet":"bob"}`, "broken", "ann"},
		{"too long a wait", `{"wait_s":3600}`, "broken", "ann"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l, e := newLedger(), newEndpoint(t)
			e.says(tc.answer)
			openDeciding(t, mini(t), l, e).start()
			l.queue(steered("c1"))
			if who, decided, _ := decidedOf(t, l, "c1"); who != tc.who || decided != tc.want {
				t.Errorf("got %s, %q, want %s, %q", who, decided, tc.who, tc.want)
			}
		})
	}
	t.Run("500", func(t *testing.T) {
		t.Parallel()
		l, e := newLedger(), newEndpoint(t)
		e.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
		openDeciding(t, mini(t), l, e).start()
		l.queue(steered("c1"))
		if who, decided, _ := decidedOf(t, l, "c1"); who != "ann" || decided != "error" {
			t.Errorf("got %s, %q, want our own choice for an error", who, decided)
		}
	})
	t.Run("late", func(t *testing.T) {
		t.Parallel()
		l, e := newLedger(), newEndpoint(t)
		e.Deadline = decideLeast
		e.does(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() })
		openDeciding(t, mini(t), l, e).start()
		l.queue(steered("c1"))
		if who, decided, _ := decidedOf(t, l, "c1"); who != "ann" || decided != "late" {
			t.Errorf("got %s, %q, want our own choice, late", who, decided)
		}
	})
}

// While the endpoint thinks, everything else goes on; what is asked about keeps its place, and room for it at our own
// choice. A leader that dies asks again through the next.
func TestOthersGoOnWhileAsked(t *testing.T) {
	t.Parallel()
	l, e := newLedger(), newEndpoint(t)
	e.does(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() })
	addr := mini(t)
	rm := openDeciding(t, addr, l, e).start()
	l.queue(steered("c1"))
	eventually(t, "it is asked about", func() bool { return e.asked.Load() == 1 })
	l.queue(chat("c2", "help", 600))
	if _, decided, _ := decidedOf(t, l, "c2"); decided != "" {
		t.Errorf("work without an endpoint: got decided %q", decided)
	}
	if pos, ok := rm.Position("c1"); pos != 1 || !ok {
		t.Errorf("position of what is asked about: got %d %t, want 1", pos, ok)
	}
	if line, _ := rm.Places("help", nil, 10); len(line) != 2 {
		t.Errorf("the line: got %d, want what rings and what is asked about", len(line))
	}
	rm.mu.RLock()
	held, want := rm.m.seats["ann"].load.All, rm.m.want()
	rm.mu.RUnlock()
	if held < 30 || want.waiting["help"]["c1"] == 0 || want.held["ann"]["c1"] != "" {
		t.Errorf("while asked: got load %d of ann, Redis to hold %v, want room kept in memory and waiting in Redis", held, want.held["ann"])
	}
	rm.halt()
	rm.mu.RLock()
	it, held := rm.m.items["c1"], rm.m.seats["ann"].load.All
	rm.mu.RUnlock()
	if it.state != waiting || it.question != "" || held > 30 {
		t.Errorf("the lease is gone: got state %v, question %q, load %d of ann, want no room kept", it.state, it.question, held)
	}

	e.says(`{"agent":"bob"}`)
	reopen(t, addr, l, e).start()
	if who, decided, _ := decidedOf(t, l, "c1"); who != "bob" || decided != "endpoint" || e.asked.Load() != 2 {
		t.Errorf("after the leader died: got %s, %q, asked %d times, want asked again", who, decided, e.asked.Load())
	}
}

// Held back, the work waits and is asked about again; what was resolved meanwhile leaves nothing behind.
func TestEndpointHoldsBack(t *testing.T) {
	t.Parallel()
	l, e := newLedger(), newEndpoint(t)
	rm := openDeciding(t, mini(t), l, e)
	if err := rm.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	m, clock := rm.m, dawn
	it := m.enqueue(steered("c1"), clock)
	ask := func() *question {
		t.Helper()
		if got := m.settle(clock, batch, testID); len(got) != 0 {
			t.Fatalf("offered without asking: %+v", got)
		}
		q := m.oracle.take()
		m.oracle.open = 0
		if len(q) != 1 || it.state != asking {
			t.Fatalf("questions: got %d, want one", len(q))
		}
		return q[0]
	}
	for range int(holdsInAll/(longestHold*time.Second)) + 1 {
		q := ask()
		if v := q.judge([]byte(`{"wait_s":60}`)); v.hold != time.Minute {
			t.Fatalf("got %+v, want a minute", v)
		} else {
			said := m.answered(q, v, clock)
			if want := it.verdict == nil; (said == decidedHeld) != want || (said == heldEnough) == want {
				t.Errorf("after %v: got %q counted, held back %t", clock.Sub(dawn), said, want)
			}
		}
		if it.verdict != nil {
			break
		}
		if load := m.seats["ann"].load.All; load != 0 || len(m.settle(clock, batch, testID)) != 0 {
			t.Fatalf("held back: got load %d, want nobody kept and nothing offered", load)
		}
		clock = clock.Add(time.Minute)
		m.due(clock)
	}
	if clock.Sub(dawn) != holdsInAll || it.verdict == nil || it.verdict.said != heldEnough {
		t.Fatalf("held back for %v, %+v, want %v in all", clock.Sub(dawn), it.verdict, holdsInAll)
	}
	if got := m.settle(clock, batch, testID); len(got) != 1 || got[0].Agent != "ann" {
		t.Fatalf("then: got %+v, want our own choice", got)
	}

	it = m.enqueue(steered("c2"), clock)
	q := ask()
	m.drop("c2", clock)
	m.answered(q, verdict{said: decidedThere, order: []desk.AgentID{"bob"}}, clock)
	if load := m.seats["ann"].load.All + m.seats["bob"].load.All; load != 30 || m.items["c2"] != nil {
		t.Errorf("resolved while asked: got load %d, want the offer's 30 alone", load)
	}

	it = m.enqueue(steered("c3"), clock)
	q = ask()
	away := m.seats["bob"].Seat
	away.Presence.State = desk.Offline
	m.seat(away, clock)
	m.answered(q, verdict{said: decidedThere, order: []desk.AgentID{"bob"}}, clock)
	got := m.settle(clock, batch, testID)
	if len(got) != 1 || got[0].Agent != "ann" || !hasReason(got[0].Why, "decided", leftGone) {
		t.Errorf("whom it chose has left: got %+v, want our own choice and why", got)
	}
}

func hasReason(why []desk.Reason, rule, value string) bool {
	for _, r := range why {
		if r.Rule == rule {
			return r.Value == value
		}
	}
	return false
}

// An endpoint that fails again and again is left alone, and asked once after a while.
func TestEndpointRests(t *testing.T) {
	t.Parallel()
	l, e := newLedger(), newEndpoint(t)
	var ahead atomic.Int64
	l.now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	e.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	openDeciding(t, mini(t), l, e).start()
	one := func(i int, want string, asked int) {
		t.Helper()
		l.queue(steered(conv(i)))
		if _, decided, _ := decidedOf(t, l, desk.ConversationID(conv(i))); decided != want || e.asked.Load() != int64(asked) {
			t.Errorf("%d: got %q, asked %d times, want %q, %d", i, decided, e.asked.Load(), want, asked)
		}
	}
	for i := range restAfter {
		one(i, "error", i+1)
	}
	one(5, "resting", restAfter)
	ahead.Add(int64(restFor + time.Second))
	one(6, "error", restAfter+1)
	one(7, "resting", restAfter+1)
	ahead.Add(int64(restFor + time.Second))
	e.says(`{"agent":"bob"}`)
	one(8, "endpoint", restAfter+2)
	one(9, "endpoint", restAfter+3)
}

// deaf is a Decider that never comes back, whatever its context says.
type deaf struct{ done chan struct{} }

// Endpoint is Decider.
func (deaf) Endpoint(desk.QueueID) *RoutingDecide { return &RoutingDecide{} }

// Ask is Decider.
func (d deaf) Ask(context.Context, RoutingDecide, string, []byte) ([]byte, error) {
	<-d.done
	return nil, nil
}

// The deadline holds to the millisecond, and does not depend on the line.
func TestDeadlineHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for ms, want := range map[int]time.Duration{0: decideDeadline, 50: 50 * time.Millisecond, 3000: 3 * time.Second} {
			d := deaf{make(chan struct{})}
			q := &question{endpoint: RoutingDecide{Deadline: ms}}
			began := time.Now()
			if v := q.put(t.Context(), d); v.said != failedLate || time.Since(began) != want {
				t.Errorf("%d ms: got %q after %v, want late after %v", ms, v.said, time.Since(began), want)
			}
			close(d.done)
		}
	})
}

// A simulation asks nobody: a policy with an endpoint plays as without.
func TestSimulationAsksNobody(t *testing.T) {
	t.Parallel()
	spec := days(1)["steady"]
	spec.Length = time.Hour
	spec.Policies = []Routing{{ID: "q", Decide: &RoutingDecide{URL: "https://nobody.invalid/"}}}
	s := newSimulation(&spec, 1)
	if err := s.play(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.m.oracle != nil || s.arrivals == 0 {
		t.Errorf("got an oracle %v after %d arrivals, want none", s.m.oracle, s.arrivals)
	}
}

// Whatever an endpoint says, it chooses among the candidates or not at all, and holds nothing back for longer than it may.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{`{}`, `{"agent":"ann"}`, `{"order":["bob","zed"]}`, `{"wait_s":9}`, `{"wait_s":1e9}`, `null`, `[]`, `{"agent":null}`, `{"order":null}`, `{"agent":"ann"} x`} {
		f.Add([]byte(s))
	}
	q := &question{candidates: []desk.AgentID{"ann", "bob"}}
	f.Fuzz(func(t *testing.T, body []byte) {
		v := q.judge(body)
		if (v.said == decidedThere) != (len(v.order) > 0) || (v.said == decidedHeld) != (v.hold > 0) || v.hold > longestHold*time.Second || v.said == "" {
			t.Errorf("%q: got %+v", body, v)
		}
		for _, a := range v.order {
			if !slices.Contains(q.candidates, a) {
				t.Errorf("%q: got %s, no candidate", body, a)
			}
		}
	})
}

// Where signed requests go is an administrator's word: the endpoint is of the host of the webhook whose secret it borrows.
func TestCheckLooksAtTheEndpoint(t *testing.T) {
	t.Parallel()
	h := House{Dir: newHouse(desk.Queue{ID: "help"}), Webhooks: []desk.Webhook{{ID: "crm", URL: "https://crm.example/facts"}}}
	for _, tc := range []struct {
		decide RoutingDecide
		want   string
	}{
		{RoutingDecide{URL: "https://CRM.example/decide", Secret: "crm", Deadline: 50, On: []desk.Medium{desk.Chat}}, ""},
		{RoutingDecide{URL: "https://crm.example.evil.test/decide", Secret: "crm"}, "url_elsewhere"},
		{RoutingDecide{URL: "http://crm.example/decide", Secret: "crm"}, "url_elsewhere"},
		{RoutingDecide{URL: "https://crm.example:8443/decide", Secret: "crm"}, "url_elsewhere"},
		{RoutingDecide{URL: "https://crm.example@evil.test/", Secret: "crm"}, "url_wrong"},
		{RoutingDecide{URL: "file:///etc/passwd", Secret: "crm"}, "url_wrong"},
		{RoutingDecide{URL: "https://crm.example/", Secret: "nobody"}, "webhook_unknown"},
		{RoutingDecide{URL: "https://crm.example/", Secret: "crm", Deadline: 60_000}, "out_of_range"},
		{RoutingDecide{URL: "https://crm.example/", Secret: "crm", On: []desk.Medium{"fax"}}, "channel_unknown"},
	} {
		got := ""
		for _, f := range (&Routing{ID: "help", Decide: &tc.decide}).Check(h) {
			if f.Error && got == "" {
				got = f.Reason
			}
		}
		if got != tc.want {
			t.Errorf("%+v: got %q, want %q", tc.decide, got, tc.want)
		}
	}
	if !(&Routing{ID: "help", Decide: &RoutingDecide{Secret: "crm"}}).Needs(desk.SettingWebhook, "crm") {
		t.Error("a webhook that lends its secret: got not needed")
	}
}

// What an endpoint holds back does its policy's steps all the same: those that have come at once, the next in its time.
func TestHeldBackWorkDoesItsSteps(t *testing.T) {
	t.Parallel()
	l, e := newLedger(), newEndpoint(t)
	e.says(`{"wait_s":60}`)
	rm := openDeciding(t, mini(t), l, e)
	w := steered("c1")
	w.Plan.Steps = []desk.Step{{Do: desk.DoMessage, Text: "wait"}, {After: 3600, Hold: true, Do: desk.DoVoicemail}}
	rm.start()
	l.queue(w)
	eventually(t, "the step that has come", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, e := range l.facts {
			if f, ok := e.Fact.(desk.PolicyActed); ok && f.Step == 1 {
				return true
			}
		}
		return false
	})
}

func TestHeldBackWorkWakesForTheNextStep(t *testing.T) {
	t.Parallel()
	l, e := newLedger(), newEndpoint(t)
	rm := openDeciding(t, mini(t), l, e)
	if err := rm.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	m, w := rm.m, steered("c1")
	w.Plan.Steps = []desk.Step{{After: 30, Hold: true, Do: desk.DoVoicemail}}
	it := m.enqueue(w, w.Since)
	if got := m.settle(w.Since, batch, testID); len(got) != 0 || it.state != asking {
		t.Fatalf("got %+v, want a question", got)
	}
	m.answered(m.oracle.take()[0], verdict{said: decidedHeld, hold: time.Minute}, w.Since)
	m.due(w.Since.Add(29 * time.Second))
	if it.state != asking || m.acts["c1"] {
		t.Errorf("before the step: got state %v, deeds %v, want it held back", it.state, m.acts)
	}
	m.due(w.Since.Add(30 * time.Second))
	if it.state != waiting || !m.acts["c1"] {
		t.Errorf("at the step: got state %v, deeds %v, want it to be done", it.state, m.acts)
	}
}
