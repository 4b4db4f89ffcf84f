package webui

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"yingda/desk"
)

// creates are the POST routes that make or send something, with a request that succeeds and another that differs. Each
// must happen once under one Idempotency-Key. {c} stands for a conversation of support with an address to answer.
var creates = map[string][2]string{
	"POST /conversations": {
		`{"inbox":"help","to":[{"address":"x@y.test"}],"subject":"s","text":"t"}`,
		`{"inbox":"help","to":[{"address":"x@y.test"}],"subject":"s","text":"other"}`,
	},
	"POST /conversations/:id/sides": {
		`{"to":[{"address":"carrier@y.test"}],"subject":"s","text":"t"}`, `{"to":[{"address":"carrier@y.test"}],"subject":"s","text":"other"}`,
	},
	"POST /contacts":                      {`{"name":"Once","identities":[{"kind":"email","value":"once@y.test"}]}`, `{"name":"Twice"}`},
	"POST /contacts/:id/identities":       {`{"kind":"email","value":"more@y.test"}`, `{"kind":"email","value":"most@y.test"}`},
	"POST /conversations/:id/messages":    {`{"text":"hello","force":true}`, `{"text":"hello you","force":true}`},
	"POST /conversations/:id/notes":       {`{"text":"note"}`, `{"text":"other note"}`},
	"POST /conversations/:id/transfer":    {`{"queue":"sales","note":"please"}`, `{"queue":"sales","note":"now"}`},
	"POST /conversations/:id/called-back": {`{}`, `{"note":"again"}`},
	"POST /conversations/bulk":            {`{"ids":["{c}"],"tags_add":["a"]}`, `{"ids":["{c}"],"tags_add":["b"]}`},
	"POST /conversations/:id/erase":       {`{"confirm":"{n}","reason":"asked"}`, `{"confirm":"{n}","reason":"again"}`},
	"POST /contacts/:id/erase":            {`{"confirm":"{name}","reason":"asked"}`, `{"confirm":"{name}","reason":"again"}`},
}

// harmless are the other POST routes, with why a second one makes nothing twice by itself. A new POST route stands in
// one list or the other.
var harmless = map[string]string{
	"POST /auth/sign-in":  "nobody is signed in yet",
	"POST /auth/sign-out": "ends what ended",
	"POST /me/password":   "the old password fits once",
	"POST /files":         "the same bytes are the same file",
	"POST /conversations/:id/messages/:mid/withdraw":       "only what is queued",
	"POST /conversations/:id/messages/:mid/resend":         "only what failed",
	"POST /conversations/:id/take":                         "mine already",
	"POST /conversations/:id/assign":                       "theirs already",
	"POST /conversations/:id/merge":                        "refused the second time",
	"POST /conversations/:id/end-call":                     "a call ends once",
	"POST /conversations/:id/seen":                         "a mark that only moves up",
	"POST /conversations/:id/typing":                       "passing news",
	"POST /offers/:id/accept":                              "an offer ends once",
	"POST /offers/:id/decline":                             "an offer ends once",
	"POST /quarantine/:id/retry":                           "a mail that is in is a duplicate",
	"POST /settings/inboxes/check":                         "changes nothing",
	"POST /settings/inboxes/preview":                       "changes nothing",
	"POST /settings/inboxes/:id/dkim":                      "a new key takes the place of one that is not in use yet",
	"POST /settings/inboxes/:id/sign-in":                   "begins a sign-in at the provider, which ends once",
	"POST /reviews/:id/approve":                            "a review ends once",
	"POST /reviews/:id/return":                             "a review ends once",
	"POST /settings/agents/:id/password":                   "sets the same password",
	"POST /settings/routing/:id/check":                     "changes nothing",
	"POST /settings/policies/:id/dryrun":                   "changes nothing",
	"POST /reports/mails":                                  "the same wish is there already",
	"POST /settings/routing/:id/publish":                   "a draft is published once",
	"POST /routing/queues/:queue/forecast":                 "changes nothing",
	"POST /conversations/:id/clocks/:target/acknowledge":   "in my hands already",
	"POST /conversations/:id/clocks/:target/waive":         "refused the second time",
	"POST /conversations/:id/clocks/:target/waiver/decide": "decided once",
	"POST /alerts/:id/acknowledge":                         "in my hands already",
	"POST /alerts/:id/snooze":                              "until the same moment",
	"POST /settings/webhooks/:id/secret":                   "the newest secret counts",
	"POST /webhooks/:id/test":                              "a test tells nothing that happened",
	"POST /webhooks/:id/enable":                            "on already",
	"POST /webhooks/:id/deliveries/:delivery/resend":       "refused while it waits, and receivers know its id",
}

// restores says it of the settings' earlier versions, whatever their kind: the version that was seen counts once.
func restores(route string) bool { return strings.HasSuffix(route, "/versions/:n/restore") }

// UP-W1, UP-C2: every POST that creates happens once under its key, whatever was lost on the way; the same key for
// something else is refused.
func TestEveryCreatingPostHappensOnce(t *testing.T) {
	t.Parallel()
	seed := newShop(t)
	for _, r := range seed.srv.Engine().Routes() {
		path, ours := strings.CutPrefix(r.Path, apiPrefix)
		route := r.Method + " " + path
		if !ours || r.Method != http.MethodPost || harmless[route] != "" || restores(route) {
			continue
		}
		bodies, known := creates[route]
		if !known {
			t.Errorf("%s: neither in creates nor in harmless: say whether it may happen twice", route)
			continue
		}
		t.Run(strings.NewReplacer("POST /", "", "/", "_", ":", "").Replace(route), func(t *testing.T) {
			t.Parallel()
			happensOnce(t, path, bodies)
		})
	}
}

func happensOnce(t *testing.T, path string, bodies [2]string) {
	s := newShop(t)
	in := s.mail("help", "x@customer.test", "question")
	cai := s.signsIn("cai")
	row := get[Conversation](cai, "/conversations/"+string(in.Conversation))
	id := string(in.Conversation)
	if strings.HasPrefix(path, "/contacts") {
		id = string(in.Contact)
	}
	fill := func(body string) string {
		return strings.NewReplacer("{c}", string(in.Conversation), "{n}", itoa(row.Number), "{name}", row.Contact.Name).Replace(body)
	}
	path = address(path, id, string(in.Message))
	ask := func(key, body string) answer {
		return cai.ask(http.MethodPost, apiPrefix+path, fill(body), map[string]string{"Content-Type": "application/json", keyHeader: key})
	}
	first := ask("k1", bodies[0])
	if first.status != http.StatusOK {
		t.Fatalf("the first: got %d %s", first.status, first.body)
	}
	before, _ := s.db.LastSeq(t.Context())
	again := ask("k1", bodies[0])
	if again.status != first.status || again.body != first.body || again.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("again: got %d %s, want the first answer %s", again.status, again.body, first.body)
	}
	if other := ask("k1", bodies[1]); other.status != http.StatusConflict || other.reason() != "key_reused" {
		t.Errorf("the same key for something else: got %d %s, want 409 key_reused", other.status, other.body)
	}
	if after, _ := s.db.LastSeq(t.Context()); after != before {
		t.Errorf("facts after the repeats: got %d, want %d: nothing may happen twice", after, before)
	}
}

// A process that died after the deed and before its answer was written down says what was made.
func TestADeedWithoutItsAnswerIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann := s.signsIn("ann")
	const body = `{"name":"Once"}`
	head := map[string]string{"Content-Type": "application/json", keyHeader: "k"}
	s.srv.Requests = deaf{s.db} // the answer is never written down
	first := ann.ask(http.MethodPost, apiPrefix+"/contacts", body, head)
	s.srv.Requests = s.db
	again := ann.ask(http.MethodPost, apiPrefix+"/contacts", body, head)
	if first.status != http.StatusOK || again.status != http.StatusConflict || again.reason() != "request_done" {
		t.Fatalf("got %d %s, then %d %s; want 200, then 409 request_done", first.status, first.body, again.status, again.body)
	}
	if !strings.Contains(again.body, `"kind":"contact"`) {
		t.Errorf("what was made: got %s, want the contact's id", again.body)
	}
	if got := ann.ask(http.MethodPost, apiPrefix+"/contacts", body, map[string]string{"Content-Type": "application/json", keyHeader: strings.Repeat("k", 101)}); got.reason() != "field_wrong" {
		t.Errorf("a key over the limit: got %s, want field_wrong", got.body)
	}
}

// UP-C2: whose line is cut before the answer comes again, and hears the answer of then.
func TestAnAnswerNobodyHeardIsKept(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann := s.signsIn("ann")
	const body = `{"name":"Once"}`
	head := map[string]string{"Content-Type": "application/json", keyHeader: "k"}
	ctx, cut := context.WithCancel(t.Context())
	s.srv.Requests = hungUp{s.db, cut}
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, ann.http.URL+apiPrefix+"/contacts", strings.NewReader(body))
	for k, v := range head {
		req.Header.Set(k, v)
	}
	req.AddCookie(ann.cookie)
	s.srv.Engine().ServeHTTP(httptest.NewRecorder(), req)
	again := ann.ask(http.MethodPost, apiPrefix+"/contacts", body, head)
	if again.status != http.StatusOK || again.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("again: got %d %s, want the first answer", again.status, again.body)
	}
}

// What is kept of a request lets nobody guess a password that stood in it.
func TestARequestIsKeptByKeyedHash(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann, kept := s.signsIn("ann"), &overheard{Requests: s.db}
	s.srv.Requests = kept
	const body = `{"name":"Once"}`
	ann.ask(http.MethodPost, apiPrefix+"/contacts", body, map[string]string{"Content-Type": "application/json", keyHeader: "k"})
	if plain := sha256.Sum256([]byte(apiPrefix + "/contacts\n" + body)); kept.hash == "" || kept.hash == hex.EncodeToString(plain[:]) {
		t.Errorf("got %q, want a hash that takes our key to make", kept.hash)
	}
}

// UP-E4, UP-X6: erasing takes the word of the administrator, a reason and the right number; then it is gone for
// everybody, live, and a redelivery does not bring it back.
func TestErase(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	in := s.mail("help", "x@customer.test", "zanzibar")
	ann, cai := s.signsIn("ann"), s.signsIn("cai")
	p := ann.opens(`{"kind":"hello","cursor":"","topics":["conversation:` + string(in.Conversation) + `"]}`)
	p.hears("welcome", nil)
	row := get[Conversation](cai, "/conversations/"+string(in.Conversation))
	path := "/conversations/" + string(in.Conversation) + "/erase"
	if got := cai.do(http.MethodPost, path, `{"confirm":"1","reason":"asked"}`); got.reason() != "confirm_wrong" {
		t.Errorf("a wrong number: got %s, want confirm_wrong", got.body)
	}
	if got := cai.do(http.MethodPost, path, `{"confirm":"#`+itoa(row.Number)+`","reason":" "}`); got.reason() != "reason_missing" {
		t.Errorf("no reason: got %s, want reason_missing", got.body)
	}
	want[ackBody](cai, http.MethodPost, path, `{"confirm":"#`+itoa(row.Number)+`","reason":"asked"}`)
	p.hears("removed", func(l live) bool { return l.ID == string(in.Conversation) })
	for _, who := range []*person{ann, cai} {
		if got := who.do(http.MethodGet, "/conversations/"+string(in.Conversation), ""); got.status != http.StatusNotFound {
			t.Errorf("afterwards: got %d, want 404", got.status)
		}
		if got := who.do(http.MethodGet, "/search?q=zanzibar", ""); strings.Contains(got.body, string(in.Conversation)) {
			t.Errorf("search: got %s, want nothing", got.body)
		}
	}
	if got := cai.do(http.MethodGet, "/audit", ""); !strings.Contains(got.body, `"erased"`) {
		t.Errorf("audit: got %s, want the erasure", got.body)
	}
	name := get[Contact](cai, "/contacts/"+string(in.Contact)).Name
	done := want[Erasure](cai, http.MethodPost, "/contacts/"+string(in.Contact)+"/erase", `{"confirm":"`+name+`","reason":"asked"}`)
	if done.Conversations != 0 {
		t.Errorf("left for the contact: got %d, want 0", done.Conversations)
	}
	if got := cai.do(http.MethodGet, "/contacts/"+string(in.Contact), ""); got.status != http.StatusNotFound {
		t.Errorf("the contact: got %d, want 404", got.status)
	}
}

// deaf forgets answers.
type deaf struct{ Requests }

func (deaf) KeepAnswer(_ context.Context, _ desk.Request, _ int, _ string) error { return nil }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// hungUp is a caller whose line is cut just before the answer is written down.
type hungUp struct {
	Requests
	cut context.CancelFunc
}

func (h hungUp) KeepAnswer(ctx context.Context, r desk.Request, status int, body string) error {
	h.cut()
	return h.Requests.KeepAnswer(ctx, r, status, body)
}

// overheard remembers the hash of the last request.
type overheard struct {
	Requests
	hash string
}

func (o *overheard) KeepAnswer(ctx context.Context, r desk.Request, status int, body string) error {
	o.hash = r.Hash
	return o.Requests.KeepAnswer(ctx, r, status, body)
}
