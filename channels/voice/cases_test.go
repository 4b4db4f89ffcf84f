package voice

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"yingda/desk"
)

// ctiStep is one push of a computer-telephony bridge as the shared flows have it.
type ctiStep struct {
	Direction, From, To, Event, Cause, Number string
	CallID                                    string `json:"call_id"`
	T                                         int    `json:"_t"`
	Token                                     string `json:"_token"`
}

// generic says a step in our own words, as a firm's bridge would. ok is false for what is no call event.
func (s ctiStep) generic(n int, before []ctiStep) (body string, ok bool) {
	types := map[string]string{"newCall": "ringing", "answer": "answered", "hangup": "ended"}
	if types[s.Event] == "" || s.Token != "" {
		return "", false
	}
	from, to := s.From, s.To
	if from == "" && len(before) > 0 { // a hang-up may leave the numbers out
		from, to = before[0].From, before[0].To
	}
	e := event{
		CallID: s.CallID, EventID: fmt.Sprint(n), Type: types[s.Event], At: noon.Add(time.Duration(s.T) * time.Second).Format(time.RFC3339),
		Direction: s.Direction, From: "+" + from, To: "+" + to,
	}
	raw, _ := json.Marshal(e)
	return string(raw), true
}

// The bridges' flows of the shared cases, said in the generic form, forwards and backwards: each converges to one call
// in one conversation with the same end (UP-V1, UP-V2). A wrong token and a look-up of a number have no generic form.
func TestBridgeFlowsConverge(t *testing.T) {
	t.Parallel()
	var flows []struct {
		ID     string
		Steps  []ctiStep
		Expect struct {
			State   string
			Talking []int `json:"talking_s"`
		}
	}
	shared(t, "zammad_cti_flows.json", &flows)
	ran := 0
	for _, f := range flows {
		if f.Expect.State == "" {
			continue
		}
		ran++
		for name, order := range map[string]func(i int) int{"in order": func(i int) int { return i }, "backwards": func(i int) int { return len(f.Steps) - 1 - i }} {
			l := newLine(t, "")
			for i := range f.Steps {
				n := order(i)
				body, ok := f.Steps[n].generic(n, f.Steps)
				if !ok {
					t.Fatalf("%s: step %d is no call event", f.ID, n)
				}
				for range 2 { // every push may come twice
					if status, said := l.signed(body); status != 200 {
						t.Fatalf("%s %s: got %d %s", f.ID, name, status, said)
					}
				}
			}
			call := l.call()
			if call.On() || l.opened() != 1 {
				t.Errorf("%s %s: got %+v in %d conversations, want it over, in one", f.ID, name, call, l.opened())
			}
			answered := !call.AnsweredAt.IsZero()
			if want := f.Expect.Talking != nil || strings.Contains(f.ID, "answered"); answered != want || call.Talked() < 0 {
				t.Errorf("%s %s: got answered %v after %s, want %v", f.ID, name, answered, call.Talked(), want)
			}
		}
	}
	if ran < 4 {
		t.Errorf("flows that apply: got %d, want 4 or more", ran)
	}
}

// call is the one call of the line.
func (l *line) call() desk.Call {
	l.t.Helper()
	rows, err := l.db.OpenRows(l.t.Context(), "", 10)
	if err != nil {
		l.t.Fatal(err)
	}
	events, err := l.db.EventsAfter(l.t.Context(), 0, 100)
	if err != nil || len(events) == 0 {
		l.t.Fatal(err)
	}
	id := desk.ConversationID(events[len(events)-1].Subject.ID)
	if len(rows) > 0 {
		id = rows[0].ID
	}
	page, err := l.db.Messages(l.t.Context(), id, desk.MessagePage{Limit: 10})
	if err != nil || len(page) != 1 || page[0].Call == nil {
		l.t.Fatalf("got %v, %v; want one call", page, err)
	}
	return *page[0].Call
}

// UP-V2: each line says for itself how long a call may last whose hang-up never comes.
func TestALinesOwnLongestCall(t *testing.T) {
	t.Parallel()
	l := newLine(t, `,"channel":{"max_call_min":30}`)
	for _, body := range []string{ringing("c1"), strings.NewReplacer(`"event_id":"1"`, `"event_id":"2"`, "ringing", "answered").Replace(ringing("c1"))} {
		if status, said := l.signed(body); status != 200 {
			t.Fatalf("got %d %s", status, said)
		}
	}
	if err := l.voice.recall(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := l.voice.shortest(); got != 30*time.Minute {
		t.Fatalf("the shortest limit: got %s, want 30m", got)
	}
	over := l.voice.silence.over(noon.Add(30*time.Minute), l.voice.shortest())
	if len(over) != 1 {
		t.Fatalf("over after its limit: got %d calls, want 1", len(over))
	}
	if _, err := ParseSettings(json.RawMessage(`{"max_call_min":1441}`)); desk.ReasonOf(err) != "inbox_channel_invalid" {
		t.Errorf("more than a day: got %v, want inbox_channel_invalid", err)
	}
}

// Numbers and names of a webhook have an end and no control characters.
func TestNumbersOfAWebhookAreBounded(t *testing.T) {
	t.Parallel()
	for field, value := range map[string]string{
		"from": strings.Repeat("1", 65), "to": "400\u0007", "name": strings.Repeat("名", 300), "extension": strings.Repeat("8", 65),
		"event_id": strings.Repeat("e", 201),
	} {
		doc := map[string]string{"call_id": "c", "type": "ringing", "at": "2026-09-21T04:00:00Z", "from": "1", "to": "2"}
		doc[field] = value
		raw, _ := json.Marshal(doc)
		if _, _, err := readGeneric(raw); desk.ReasonOf(err) != "field_invalid" || !strings.Contains(fmt.Sprint(err.(*desk.Error).Params), field) {
			t.Errorf("%s: got %v, want field_invalid", field, err)
		}
	}
}
