package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"yingda/channels/voice"
	"yingda/internal/bench"
)

// heardWithin bounds one wait for a frame.
const heardWithin = 5 * time.Second

var errUnheard = errors.New("nothing was heard")

// ears let one sender wait for the frame that its doing causes.
type ears struct {
	heard chan struct{}
	next  chan [][]byte
}

func newEars() *ears { return &ears{heard: make(chan struct{}, 1), next: make(chan [][]byte, 1)} }

// hear looks at one frame; it runs in the socket's reader.
func (e *ears) hear(want [][]byte, raw []byte) bool {
	for _, w := range want {
		i := bytes.Index(raw, w)
		if i < 0 {
			return false
		}
		raw = raw[i+len(w):]
	}
	return true
}

// listener is the reader's side: it takes the newest want and tells when a frame fits.
func (e *ears) listener() func([]byte) {
	var want [][]byte
	return func(raw []byte) {
		select {
		case want = <-e.next:
		default:
		}
		if want != nil && e.hear(want, raw) {
			want = nil
			e.heard <- struct{}{}
		}
	}
}

// after does something and waits until a frame that contains all of want came.
func (e *ears) after(do func() error, want ...string) error {
	var all [][]byte
	for _, w := range want {
		all = append(all, []byte(w))
	}
	e.next <- all
	if err := do(); err != nil {
		return err
	}
	t := time.NewTimer(heardWithin)
	defer t.Stop()
	select {
	case <-e.heard:
		return nil
	case <-t.C:
		return fmt.Errorf("%w: %q", errUnheard, want)
	}
}

// figureToSocket times from a customer's message to the frame on ann's console: into a conversation she has, opening
// one that is offered to her, and a ringing call. Beside them stands what HTTP, one commit, an enqueue, an offer and a
// push cost when nothing else is done.
func figureToSocket(b *testing.B, engine string) {
	g := openGauge(b, engine)
	floor := openFloor(b, g)
	e := newEars()
	g.console(e.listener())
	const people = 56
	known := make([]*gaugeVisitor, people)
	for i := range known {
		known[i] = g.visitor(i)
		if err := known[i].say("hello"); err != nil {
			b.Fatal(err)
		}
		known[i].conversation = <-known[i].seen
		g.give(known[i].conversation)
	}
	ours := &bench.Side{Do: func(i int) error {
		text := "word-" + strconv.Itoa(i) + "-end"
		v := known[i%people]
		return e.after(func() error { return v.say(text) }, `"kind":"message"`, text)
	}}
	bare := &bench.Side{Do: floor.message}
	bench.Turns(b, 4, 80, 1, ours, bare)
	tell(b, "widget message to console, "+engine, ours, bare, "HTTP + commit + push")

	for _, v := range known {
		g.close(v.conversation)
	}
	figureOffered(g, e, floor, people)
}

// figureOffered times work that is offered to ann, who is available and holds nothing else.
func figureOffered(g *gauge, e *ears, floor *bareDesk, people int) {
	g.Helper()
	const rounds, each = 4, 50
	if err := g.call(http.MethodPut, "/me/presence", map[string]string{"state": "available"}, nil); err != nil {
		g.Fatal(err)
	}
	fresh := make([]*gaugeVisitor, (rounds+1)*each)
	for i := range fresh {
		fresh[i] = g.visitor(people + i)
	}
	ours := &bench.Side{
		Do: func(i int) error {
			text := "new-" + strconv.Itoa(i) + "-end"
			return e.after(func() error { return fresh[i].say(text) }, `"kind":"offer"`, text)
		},
		After: func(i int) error {
			id := <-fresh[i].seen
			return e.after(func() error { g.close(id); return nil }, `"kind":"offer_gone"`)
		},
	}
	bare := &bench.Side{Do: floor.arrival}
	bench.Turns(g.B, rounds, each, 1, ours, bare)
	tell(g.B, "new chat to offer on console, "+g.engine, ours, bare, "HTTP + commit + enqueue + offer + push")

	call, told := gaugeCall{}, struct{ Conversation string }{}
	ours = &bench.Side{
		Do: func(i int) error {
			call = gaugeCall{CallID: newID(), Type: "ringing", From: fmt.Sprintf("138%08d", i)}
			return e.after(func() error { return g.hook(call, &told) }, `"kind":"offer"`, call.From)
		},
		After: func(int) error {
			call.Type, call.Outcome = "ended", "abandoned"
			if err := g.hook(call, nil); err != nil { // it waits to be called back now
				return err
			}
			return e.after(func() error { g.close(told.Conversation); return nil }, `"kind":"offer_gone"`)
		},
	}
	bare = &bench.Side{Do: floor.arrival}
	bench.Turns(g.B, rounds, each, 1, ours, bare)
	tell(g.B, "ringing call to offer on console, "+g.engine, ours, bare, "HTTP + commit + enqueue + offer + push")
}

func tell(b *testing.B, name string, ours, bare *bench.Side, floorIs string) {
	b.Helper()
	bench.Row{Name: name + ", median", Unit: "ms", Ours: ours.Median(), Floor: bare.Median(), FloorIs: floorIs, AtMost: 3}.Report(b)
	bench.Row{Name: name + ", p99", Unit: "ms", Ours: ours.P99(), Floor: bare.P99(), FloorIs: floorIs, AtMost: 3}.Report(b)
}

// gaugeCall is an event of the generic exchange.
type gaugeCall struct {
	CallID    string `json:"call_id"`
	EventID   string `json:"event_id"`
	Type      string `json:"type"`
	At        string `json:"at"`
	Direction string `json:"direction"`
	From      string `json:"from"`
	To        string `json:"to"`
	Outcome   string `json:"outcome,omitempty"`
}

func (g *gauge) hook(c gaugeCall, out any) error {
	req, err := hookRequest(g.base+"/hooks/voice/"+gaugeLine, c)
	if err != nil {
		return err
	}
	return exchange(g.client, req, out)
}

func hookRequest(url string, c gaugeCall) (*http.Request, error) {
	c.EventID, c.At, c.Direction, c.To = newID(), time.Now().UTC().Format(time.RFC3339Nano), "in", "4008001234"
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(raw)) //nolint:noctx // bounded by the benchmark
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Yingda-Signature", voice.Sign(gaugeSecret, raw, time.Now()))
	return req, nil
}
