package voice

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yingda/desk"
)

// voicemail is a policy that lets a call leave a message after a minute.
var voicemail = desk.Plan{Policy: "general", Version: 3, Steps: []desk.Step{{After: 60, Do: desk.DoVoicemail, Text: "请留言"}}}

// told is an answer as the exchange reads it.
func (l *line) told(body string) reply {
	l.t.Helper()
	return l.toldAt(body, noon)
}

func (l *line) toldAt(body string, at time.Time) reply {
	l.t.Helper()
	status, raw := l.signedAt(body, at)
	var r reply
	if err := json.Unmarshal([]byte(raw), &r); err != nil || status != 200 {
		l.t.Fatalf("got %d %s (%v), want an answer", status, raw, err)
	}
	return r
}

func as(kind, id, more string) string {
	return strings.NewReplacer(`"event_id":"1"`, `"event_id":"`+id+`"`, "ringing", kind, `"to":"4008001234"`, `"to":"4008001234"`+more).Replace(ringing("c1"))
}

// A voicemail step reaches the exchange with the answer to its next asking, and what the caller says becomes words in the
// thread, once, in whatever order and however often it is told.
func TestACallerLeavesAMessage(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	l.plan = voicemail
	l.follows(func(desk.Event) desk.Fact { return nil })
	first := l.told(ringing("c1"))
	if !first.Queue || first.Do != "" {
		t.Fatalf("at once: got %+v, want the queue", first)
	}
	act := desk.Act{Conversation: first.Conversation, Policy: "general", Version: 3}
	if err := l.svc.Act(t.Context(), act); err != nil {
		t.Fatal(err)
	}
	again := l.told(ringing("c1"))
	if again.Do != desk.DoVoicemail || again.Say != "请留言" || again.Queue || again.Ring != nil || !again.Duplicate {
		t.Errorf("asked again: got %+v, want to take a message", again)
	}
	other := New(l.voice.Deps) // a node that heard nothing of it
	if got := other.turn(t.Context(), first.Conversation, "c1", "a webhook"); got.do != desk.DoVoicemail || got.say != "请留言" {
		t.Errorf("another node: got %+v, want the same", got)
	}
	l.told(as("ended", "2", `,"outcome":"voicemail"`))
	for range 2 {
		l.told(as("recording", "3", `,"recording":"https://pbx.example/r/1"`))
		l.told(as("recording", "4", `,"recording":"https://pbx.example/r/1","transcript":"我的包裹还没到\n请回电"`))
	}
	page, err := l.db.Messages(t.Context(), first.Conversation, desk.MessagePage{Limit: 10})
	if err != nil || len(page) != 1 {
		t.Fatalf("got %d messages (%v), want the call's one entry", len(page), err)
	}
	if c := page[0].Call; c.Outcome != desk.OutcomeVoicemail || c.Recording != "https://pbx.example/r/1" || c.Transcript != "我的包裹还没到\n请回电" {
		t.Errorf("the entry: got %+v, want the message left, with its recording and words", c)
	}
	c, clocks, err := l.db.Conversation(t.Context(), first.Conversation)
	if err != nil || c.Snippet != "我的包裹还没到 请回电" || !c.Waiting() {
		t.Errorf("the conversation: got %q, waiting %v (%v), want the caller's words, waiting", c.Snippet, c.Waiting(), err)
	}
	callback := false
	for _, k := range clocks {
		callback = callback || k.Target == desk.Callback && k.Running()
	}
	if !callback {
		t.Errorf("clocks: got %+v, want a callback promised", clocks)
	}
	if status, body := l.signed(as("recording", "5", `,"transcript":"a\u0007b"`)); reasonOf(body) != "field_invalid" {
		t.Errorf("a bell in the words: got %d %s, want it refused", status, body)
	}
}

// Twilio is told in its own words, and what it records comes back as the same.
func TestTwilioTakesAMessage(t *testing.T) {
	t.Parallel()
	l := newLine(t, `,"channel":{"provider":"twilio","country":"US"}`)
	l.plan = voicemail
	l.follows(func(e desk.Event) desk.Fact {
		if e.Fact.Kind() == "queued" { // the router skips to the step at once: nobody could take it
			return desk.PolicyActed{Policy: "general", Version: 3, Step: 1, Do: desk.DoVoicemail, Text: "请留言"}
		}
		return nil
	})
	post := func(more ...string) string {
		form := url.Values{"CallSid": {"CA1"}, "From": {"+14155552671"}, "To": {"+14150000000"}, "Direction": {"inbound"}}
		for i := 0; i+1 < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		path := "/hooks/voice/hotline"
		status, body := l.post(path, "application/x-www-form-urlencoded", form.Encode(), http.Header{"X-Twilio-Signature": {signTwilio("https://desk.example"+path, form)}})
		if status != 200 {
			t.Fatalf("got %d %s, want 200", status, body)
		}
		return body
	}
	if got := post("CallStatus", "ringing"); !strings.Contains(got, `<Say language="zh-CN">请留言</Say>`) || !strings.Contains(got, "<Record ") || strings.Contains(got, "Enqueue") {
		t.Errorf("ringing: got %s, want words and a recording", got)
	}
	if got := post("CallStatus", "in-progress", "RecordingUrl", "https://api.twilio.example/r/1", "RecordingSid", "RE1"); strings.Contains(got, "Enqueue") || strings.Contains(got, "Record") {
		t.Errorf("after the recording: got %s, want the end", got)
	}
	post("CallStatus", "completed", "RecordingUrl", "https://api.twilio.example/r/1", "RecordingSid", "RE1", "TranscriptionSid", "TR1", "TranscriptionText", "call me back")
	noted := l.last("call_noted").(desk.CallNoted)
	if noted.Call.Transcript != "call me back" || noted.Call.Recording == "" {
		t.Errorf("got %+v, want recording and words", noted.Call)
	}
}

// Keep my place: who waits on the line and asks to be called, or answered by mail, stands where they stood.
func TestACallerKeepsTheirPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ more, settings, reason string }{
		"call me":           {`,"outcome":"requested"`, "", ""},
		"by mail":           {`,"outcome":"requested","email":"sun@customer.test","transcript":"发票抬头要改"`, `,"channel":{"mail":"mail"}`, ""},
		"by mail, wordless": {`,"outcome":"requested","email":"sun@customer.test"`, `,"channel":{"mail":"mail"}`, ""},
		"no mail is named":  {`,"outcome":"requested","email":"sun@customer.test"`, "", "field_invalid"},
		"no address":        {`,"outcome":"requested","email":"sun"`, `,"channel":{"mail":"mail"}`, "field_invalid"},
		"mail for the lost": {`,"outcome":"abandoned","email":"sun@customer.test"`, `,"channel":{"mail":"mail"}`, "field_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLine(t, c.settings)
			first := l.told(ringing("c1"))
			waiting := func() []desk.Work {
				all, err := l.db.Waiting(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return all
			}
			before := waiting()
			if len(before) != 1 {
				t.Fatalf("got %d waiting, want the call", len(before))
			}
			for range 2 { // told twice
				if _, body := l.signed(as("ended", "2", c.more)); reasonOf(body) != c.reason {
					t.Fatalf("got %s, want %q", body, c.reason)
				}
			}
			after := waiting()
			if len(after) != 1 || !after[0].Rank().Equal(before[0].Rank()) || !after[0].Since.Equal(before[0].Since) {
				t.Fatalf("got %+v, want one in the place of %+v", after, before[0])
			}
			if c.reason != "" {
				return
			}
			if after[0].Ringing {
				t.Error("it still rings")
			}
			mail := after[0].Medium == desk.Email
			if mail != strings.HasPrefix(name, "by mail") || mail == (after[0].Conversation == first.Conversation) {
				t.Errorf("got %s in %s, want the wish", after[0].Medium, after[0].Conversation)
			}
			if !mail {
				return
			}
			page, err := l.db.Messages(t.Context(), after[0].Conversation, desk.MessagePage{Limit: 5})
			if err != nil || len(page) != 1 || !page[0].Unverified || page[0].From.Address != "sun@customer.test" {
				t.Fatalf("the mail: got %+v (%v), want one, unproven", page, err)
			}
			m, words := page[0], "发票抬头要改"
			if name != "by mail" { // nobody's words: the call it was, for the console to tell
				words = ""
			}
			if m.Body.Text != words || (m.Call == nil) != (words != "") {
				t.Errorf("the mail says %q of call %+v, want what the caller said: %q", m.Body.Text, m.Call, words)
			}
			if m.Call != nil && (m.Call.Outcome != desk.OutcomeByMail || m.Call.From == "" || m.Call.On()) {
				t.Errorf("got call %+v, want one that ended by asking for a mail", m.Call)
			}
			if f := l.last("call_ended").(desk.CallEnded); f.Call.Outcome != desk.OutcomeByMail {
				t.Errorf("the call ended as %q, want by_mail", f.Call.Outcome)
			}
			if f := l.last("continued_in").(desk.ContinuedIn); !f.Kept || f.Medium != desk.Email {
				t.Errorf("the fact: got %+v, want the place kept", f)
			}
		})
	}
}
