package voice

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
	"yingda/store/storetest"
)

const secret = "between the exchange and us"

var noon = time.Date(2026, 9, 21, 4, 0, 0, 0, time.UTC)

// line is a phone inbox over a real desk and a real store.
type line struct {
	*httptest.Server
	t     *testing.T
	voice *Voice
	db    *store.DB
	svc   *desk.Service
	plan  desk.Plan // what the queue's policy says of a call; the zero plan: nothing
	full  desk.Deed // what it does since the queue is full
}

// Plan is desk.Policies.
func (l *line) Plan(a desk.Arrival) desk.Verdict {
	v := desk.Verdict{Queue: a.Conversation.Queue}
	if len(l.plan.Steps) > 0 {
		p := l.plan
		v.Plan = &p
	}
	if l.full != "" {
		v.Plan, v.Do, v.Text = &desk.Plan{Policy: "general", Version: 3, Limit: "size"}, l.full, "请留言"
	}
	return v
}

type secrets string

func (s secrets) Secret(context.Context, desk.InboxID, string) (string, error) { return string(s), nil }

func newLine(t *testing.T, settings string) *line {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	now := func() time.Time { return noon }
	db, err := store.Open(ctx, store.Config{URL: storetest.SQLite(t), Readers: 1, Now: now}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	l := &line{t: t, db: db}
	svc := desk.New(desk.Config{Store: db, Promises: sla.Defaults(), Now: now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Policies: l})
	l.svc = svc
	for _, s := range []desk.Setting{
		{Kind: desk.SettingQueue, ID: "general", Doc: []byte(`{"id":"general","name":"General"}`)},
		{Kind: desk.SettingAgent, ID: "ann", Doc: []byte(`{"id":"ann","name":"Ann","email":"a@x","role":"agent","extension":"801","queues":["general"]}`)},
		{Kind: desk.SettingInbox, ID: "hotline", Doc: []byte(`{"id":"hotline","name":"Hotline","medium":"voice","queue":"general","enabled":true` + settings + `}`)},
		{Kind: desk.SettingInbox, ID: "mail", Doc: []byte(`{"id":"mail","name":"Mail","medium":"email","queue":"general","address":"help@shop.example","enabled":true}`)},
	} {
		if _, err := svc.SaveSetting(ctx, desk.System(), s); err != nil {
			t.Fatal(err)
		}
	}
	v := New(Deps{Intake: svc, Secrets: secrets(secret), Directory: db.Directory, Records: db, Now: now, PublicURL: "https://desk.example", Log: slog.New(slog.DiscardHandler)})
	l.Server, l.voice = httptest.NewServer(v.Handler()), v
	t.Cleanup(func() {
		l.Close()
		stop()
		<-done
		_ = db.Close()
	})
	return l
}

// post sends a body and returns status and answer.
func (l *line) post(path, contentType, body string, header http.Header) (int, string) {
	l.t.Helper()
	req, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, l.URL+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func (l *line) signed(body string) (int, string) { return l.signedAt(body, noon) }

func (l *line) signedAt(body string, at time.Time) (int, string) {
	return l.post("/hooks/voice/hotline", "application/json", body, http.Header{SignatureHeader: {Sign(secret, []byte(body), at)}})
}

func ringing(id string) string {
	return fmt.Sprintf(`{"call_id":%q,"event_id":"1","type":"ringing","at":"2026-09-21T04:00:00Z","direction":"in","from":"138 0013 8000","to":"4008001234"}`, id)
}

func reasonOf(body string) string {
	var r refusal
	_ = json.Unmarshal([]byte(body), &r)
	return r.Reason
}

func TestOnlyAProvenEventIsRecorded(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	body := ringing("c1")
	sign := func(key, over string, at time.Time) http.Header {
		return http.Header{SignatureHeader: {Sign(key, []byte(over), at)}}
	}
	for name, c := range map[string]struct {
		path, body string
		header     http.Header
		status     int
		reason     string
	}{
		"no signature":      {"/hooks/voice/hotline", body, nil, 403, "bad_signature"},
		"another's key":     {"/hooks/voice/hotline", body, sign("guess", body, noon), 403, "bad_signature"},
		"another body":      {"/hooks/voice/hotline", body, sign(secret, body+" ", noon), 403, "bad_signature"},
		"replayed later":    {"/hooks/voice/hotline", body, sign(secret, body, noon.Add(-6*time.Minute)), 403, "stale_timestamp"},
		"from the future":   {"/hooks/voice/hotline", body, sign(secret, body, noon.Add(6*time.Minute)), 403, "stale_timestamp"},
		"nobody's inbox":    {"/hooks/voice/nowhere", body, sign(secret, body, noon), 404, "inbox_unknown"},
		"endless body":      {"/hooks/voice/hotline", strings.Repeat("x", maxBody+1), nil, 413, "body_too_large"},
		"not JSON":          {"/hooks/voice/hotline", "{", sign(secret, "{", noon), 400, "body_unreadable"},
		"a misspelt field":  {"/hooks/voice/hotline", `{"callid":"1"}`, sign(secret, `{"callid":"1"}`, noon), 400, "field_invalid"},
		"two documents":     {"/hooks/voice/hotline", body + "{}", sign(secret, body+"{}", noon), 400, "body_unreadable"},
		"a type of its own": {"/hooks/voice/hotline", strings.Replace(body, "ringing", "sings", 1), sign(secret, strings.Replace(body, "ringing", "sings", 1), noon), 400, "field_invalid"},
		"a far date":        {"/hooks/voice/hotline", strings.Replace(body, "2026-", "9999-", 1), sign(secret, strings.Replace(body, "2026-", "9999-", 1), noon), 400, "field_invalid"},
		"a date of its own": {"/hooks/voice/hotline", strings.Replace(body, "2026-", "soon", 1), sign(secret, strings.Replace(body, "2026-", "soon", 1), noon), 400, "field_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			status, got := l.post(c.path, "application/json", c.body, c.header)
			if status != c.status || reasonOf(got) != c.reason {
				t.Errorf("got %d %s, want %d %s", status, got, c.status, c.reason)
			}
		})
	}
	if seq, err := l.db.LastSeq(t.Context()); err != nil || seq != 4 { // the four settings
		t.Fatalf("got %d facts (%v), want none beside the settings", seq, err)
	}
}

func TestARingingCallIsAnsweredWithWhomToRing(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	l.follows(func(e desk.Event) desk.Fact { // the router's part: the offer comes as a fact
		if e.Fact.Kind() == "queued" {
			return desk.Offered{Offer: "o1", Agent: "ann"}
		}
		return nil
	})
	status, body := l.signed(ringing("c1"))
	var got reply
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 || got.Ring == nil || got.Ring.Extension != "801" {
		t.Fatalf("got %d %s (%v), want extension 801", status, body, err)
	}
	if status, body = l.signed(ringing("c1")); !strings.Contains(body, `"duplicate":true`) || status != 200 {
		t.Fatalf("got %d %s the second time, want a harmless duplicate", status, body)
	}
}

// follows is the feed: the line hears every fact, and what the test answers to it.
func (l *line) follows(answer func(desk.Event) desk.Fact) {
	l.t.Helper()
	feed := desk.NewFeed(l.db, slog.New(slog.DiscardHandler))
	feed.Listen("voice", 0, func(ctx context.Context, e desk.Event) error {
		if err := l.voice.Listen(ctx, e); err != nil {
			return err
		}
		if f := answer(e); f != nil {
			return l.svc.Record(ctx, desk.ConversationID(e.Subject.ID), desk.System(), f)
		}
		return nil
	})
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = feed.Run(ctx) })
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-l.db.Committed():
				feed.Wake()
			}
		}
	})
	l.t.Cleanup(func() { stop(); wg.Wait() })
}

func TestNobodyFreeMeansTheQueue(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	status, body := l.signed(ringing("c1"))
	if status != 200 || !strings.Contains(body, `"queue":true`) {
		t.Fatalf("got %d %s, want the queue", status, body)
	}
}

// UP-V1, UP-V2: recorded call flows of the provider, in whatever order they came.
func TestTwilioFlowsConverge(t *testing.T) {
	t.Parallel()
	var flows []struct {
		ID     string
		Events []map[string]string
		Expect struct {
			FinalStatus   string `json:"final_status"`
			Conversations int
			Messages      int
		}
	}
	shared(t, "twilio_call_flows.json", &flows)
	for _, f := range flows {
		t.Run(f.ID, func(t *testing.T) {
			t.Parallel()
			l := newLine(t, `,"channel":{"provider":"twilio","country":"US"}`)
			for _, e := range f.Events {
				form := url.Values{}
				for k, v := range e {
					form.Set(k, v)
				}
				path := "/hooks/voice/hotline"
				status, body := l.post(path, "application/x-www-form-urlencoded", form.Encode(), http.Header{"X-Twilio-Signature": {signTwilio("https://desk.example"+path, form)}})
				if status != 200 {
					t.Fatalf("got %d %s, want 200", status, body)
				}
			}
			if got := l.opened(); got != max(f.Expect.Conversations, 1) {
				t.Fatalf("got %d conversations, want %d", got, f.Expect.Conversations)
			}
		})
	}
}

// opened counts the conversations that were begun.
func (l *line) opened() int {
	l.t.Helper()
	events, err := l.db.EventsAfter(l.t.Context(), 0, 1000)
	if err != nil {
		l.t.Fatal(err)
	}
	n := 0
	for _, e := range events {
		if e.Fact.Kind() == "opened" {
			n++
		}
	}
	return n
}

func signTwilio(address string, form url.Values) string {
	return base64.StdEncoding.EncodeToString(twilio(secret, address, form))
}

func TestTwilioSignatureVectors(t *testing.T) {
	t.Parallel()
	var vectors []struct {
		ID        string
		AuthToken string `json:"auth_token"`
		URL       string
		Params    map[string]any
		Body      string
		Signature string
		Valid     bool
	}
	shared(t, "twilio_signature_vectors.json", &vectors)
	for _, v := range vectors {
		form := url.Values{}
		for k, value := range v.Params {
			switch value := value.(type) {
			case string:
				form.Set(k, value)
			case []any:
				for _, one := range value {
					form.Add(k, fmt.Sprint(one))
				}
			}
		}
		err := verifyTwilio(v.AuthToken, v.Signature, v.URL, form, []byte(v.Body))
		if (err == nil) != v.Valid {
			t.Errorf("%s: got valid %v, want %v", v.ID, err == nil, v.Valid)
		}
	}
}

// shared reads a case file handed to all rooms; the test is skipped, by name, where the folder is missing.
func shared(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "cases", name))
	if err != nil {
		t.Skipf("shared data: %s is not here", name)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func TestNumbersKeepWhatTheyAre(t *testing.T) {
	t.Parallel()
	// UP-V3: one number, however it is written, is one identity.
	for raw, want := range map[string]string{
		"13800138000": "+8613800138000", "+86 138-0013-8000": "+8613800138000", "013800138000": "+8613800138000",
		"138 0013 8000": "+8613800138000", "010-62345678": "+861062345678", "0755/8888 1234-601": "+8675588881234",
		"0755-88881234 转 601": "+8675588881234", "(0755) 8888 1234": "+8675588881234", "95588": "95588", "10086": "10086",
		"+14155552671": "+14155552671", "+1 415-867-5309": "+14158675309", "801": "801",
	} {
		if got := Phone(raw, "CN", "c1"); got.Kind != desk.ByPhone || got.Value != want {
			t.Errorf("Phone(%q): got %+v, want %q", raw, got, want)
		}
	}
	for _, raw := range []string{"", "anonymous", "Anonymous", "+266696687"} {
		if a, b := Phone(raw, "CN", "c1"), Phone(raw, "CN", "c2"); a == b || a.Kind == desk.ByPhone {
			t.Errorf("Phone(%q) of two calls: got %+v and %+v, want identities that never match", raw, a, b)
		}
	}
}

func FuzzReadGeneric(f *testing.F) {
	f.Add(ringing("c1"))
	f.Fuzz(func(t *testing.T, body string) {
		e, _, err := readGeneric([]byte(body))
		if err == nil && (e.CallID == "" || e.External == "" || e.At.IsZero()) {
			t.Fatalf("got %+v from %q, want a whole event or a refusal", e, body)
		}
	})
}

func FuzzReadTwilio(f *testing.F) {
	f.Add("CallSid=CA1&CallStatus=ringing&From=%2B14155552671")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		e, ok, err := readTwilio(form, url.Values{}, noon)
		if err == nil && ok && e.External == "" {
			t.Fatalf("got no external id from %q", body)
		}
	})
}

// UP-V2: a hang-up that never comes is closed by time, and one that comes late after all changes nothing bad.
func TestASilentCallEnds(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	if status, body := l.signed(ringing("c1")); status != 200 {
		t.Fatalf("got %d %s", status, body)
	}
	if err := l.voice.recall(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(l.voice.silence.over(noon.Add(RingLimit-time.Second), CallLimit)); n != 0 {
		t.Fatalf("got %d calls over before their time, want none", n)
	}
	for id, e := range l.voice.silence.over(noon.Add(RingLimit), CallLimit) {
		for range 2 { // two nodes
			if err := l.voice.closeOne(t.Context(), id, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	ended := l.last("call_ended").(desk.CallEnded)
	if ended.Call.Outcome != desk.OutcomeAbandoned || !ended.Call.EndedAt.Equal(noon.Add(RingLimit)) {
		t.Fatalf("got %+v, want abandoned at the limit", ended.Call)
	}
	late := strings.NewReplacer(`"event_id":"1"`, `"event_id":"2"`, "ringing", "ended").Replace(ringing("c1"))
	if status, body := l.signed(late); status != 200 || l.opened() != 1 {
		t.Fatalf("got %d %s and %d conversations for a late hang-up, want one", status, body, l.opened())
	}
}

// last is the newest fact of a kind.
func (l *line) last(kind string) desk.Fact {
	l.t.Helper()
	events, err := l.db.EventsAfter(l.t.Context(), 0, 1000)
	if err != nil {
		l.t.Fatal(err)
	}
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Fact.Kind() == kind {
			return events[i].Fact
		}
	}
	l.t.Fatalf("got no %s", kind)
	return nil
}
