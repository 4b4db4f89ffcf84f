package webui

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"yingda/desk"
)

// call is how the role test asks a route: with what body, and about which thing. Every route has one; a new route
// without one fails the test (UP-X3, UP-X4).
type call struct {
	body string
	// about says what stands for {id} and {mid}: foreign means a conversation of another queue, which must look like none.
	about string
	// plain answers are checked for refusal only, since they change what the test stands on.
	query string
}

const (
	conversation = "conversation"
	message      = "message"
	other        = "other" // an id that is nobody's: only refusals and 404 are looked at
)

var calls = map[string]call{
	"POST /auth/sign-in":                                   {body: `{"email":"x@yingda.test","password":"wrong wrong wrong"}`},
	"POST /auth/sign-out":                                  {},
	"GET /me":                                              {},
	"GET /me/counts":                                       {},
	"GET /me/sessions":                                     {},
	"DELETE /me/sessions/:id":                              {about: other},
	"POST /me/password":                                    {body: `{"old":"wrong wrong","new":"another horse 10"}`},
	"PUT /me/preferences":                                  {body: `{}`},
	"PUT /me/presence":                                     {body: `{"state":"available"}`},
	"PUT /agents/:id/presence":                             {about: other, body: `{"state":"away"}`},
	"GET /directory":                                       {},
	"GET /reports/waits":                                   {},
	"PUT /agents/:id/leave":                                {about: other, body: `{"version":0,"absences":[]}`},
	"GET /agents/:id/leave":                                {about: other},
	"GET /conversations":                                   {},
	"POST /conversations":                                  {body: `{"inbox":"buy","to":[{"address":"x@y.test"}],"subject":"s","text":"t"}`},
	"POST /conversations/bulk":                             {body: `{"ids":["x"],"priority":"high"}`},
	"GET /conversations/:id":                               {about: conversation},
	"PATCH /conversations/:id":                             {about: conversation, body: `{"version":1,"priority":"low"}`},
	"GET /conversations/:id/events":                        {about: conversation},
	"GET /conversations/:id/trace":                         {about: conversation},
	"GET /conversations/:id/clocks":                        {about: conversation},
	"POST /conversations/:id/clocks/:target/acknowledge":   {about: conversation},
	"POST /conversations/:id/clocks/:target/waive":         {about: conversation, body: `{"reason":"a power cut"}`},
	"POST /conversations/:id/clocks/:target/waiver/decide": {about: conversation, body: `{"agree":true}`},
	"DELETE /conversations/:id/clocks/:target/waiver":      {about: conversation},
	"GET /waivers":                                         {},
	"GET /conversations/:id/messages":                      {about: conversation},
	"POST /conversations/:id/messages":                     {about: conversation, body: `{"text":"hello","seen":9}`},
	"GET /conversations/:id/reply-to":                      {about: conversation},
	"POST /conversations/:id/notes":                        {about: conversation, body: `{"text":"hello"}`},
	"POST /conversations/:id/messages/:mid/withdraw":       {about: message},
	"POST /conversations/:id/messages/:mid/resend":         {about: message},
	"GET /conversations/:id/messages/:mid/raw":             {about: message},
	"GET /conversations/:id/messages/:mid/html":            {about: message},
	"POST /conversations/:id/take":                         {about: conversation, body: `{}`},
	"POST /conversations/:id/assign":                       {about: conversation, body: `{"agent":""}`},
	"POST /conversations/:id/transfer":                     {about: conversation, body: `{"queue":"support"}`},
	"POST /conversations/:id/merge":                        {about: conversation, body: `{"into":"x"}`},
	"POST /conversations/:id/called-back":                  {about: conversation, body: `{}`},
	"POST /conversations/:id/end-call":                     {about: conversation},
	"POST /conversations/:id/seen":                         {about: conversation, body: `{"number":1}`},
	"POST /conversations/:id/typing":                       {about: conversation, body: `{"on":true}`},
	"GET /conversations/:id/draft":                         {about: conversation},
	"PUT /conversations/:id/draft":                         {about: conversation, body: `{"text":"x"}`},
	"DELETE /conversations/:id/draft":                      {about: conversation},
	"POST /conversations/:id/erase":                        {about: conversation, body: `{"confirm":"0","reason":"test"}`},
	"POST /contacts/:id/erase":                             {about: other, body: `{"confirm":"x","reason":"test"}`},
	"PATCH /conversations/:id/messages/:mid":               {about: message, body: `{"send_at":"2030-01-01T00:00:00Z"}`},
	"GET /conversations/:id/messages/:mid/image":           {about: message, query: "?u=http%3A%2F%2Fx.test%2Fa.png&s=00"},
	"GET /conversations/:id/sides":                         {about: conversation},
	"POST /conversations/:id/sides":                        {about: conversation, body: `{"to":[{"address":"x@y.test"}],"text":"hello"}`},
	"GET /suppressions":                                    {},
	"DELETE /suppressions/:address":                        {about: other},
	"POST /settings/inboxes/preview":                       {body: `{"doc":{}}`},
	"GET /settings/inboxes/:id/dkim":                       {about: other},
	"POST /settings/inboxes/:id/dkim":                      {about: other},
	"POST /settings/inboxes/:id/sign-in":                   {about: other},
	"GET /oauth/callback":                                  {},
	"GET /reviews":                                         {},
	"GET /reviews/:id":                                     {about: other},
	"POST /reviews/:id/approve":                            {about: other, body: `{}`},
	"POST /reviews/:id/return":                             {about: other, body: `{"reason":"no"}`},
	"GET /search":                                          {query: "?q=secret"},
	"GET /offers":                                          {},
	"POST /offers/:id/accept":                              {about: other},
	"POST /offers/:id/decline":                             {about: other, body: `{"reason":"busy"}`},
	"GET /contacts":                                        {},
	"POST /contacts":                                       {body: `{"name":"N"}`},
	"GET /contacts/:id":                                    {about: other},
	"PATCH /contacts/:id":                                  {about: other, body: `{"version":1}`},
	"GET /contacts/:id/conversations":                      {about: other},
	"POST /contacts/:id/identities":                        {about: other, body: `{"kind":"email","value":"a@b.test"}`},
	"DELETE /contacts/:id/identities":                      {about: other, query: "?kind=email&value=a@b.test"},
	"GET /agents/:id/routing":                              {about: other},
	"GET /queues/:id/line":                                 {about: other},
	"GET /board":                                           {},
	"GET /board/outlook":                                   {},
	"GET /alerts":                                          {},
	"POST /alerts/:id/acknowledge":                         {about: other},
	"POST /alerts/:id/snooze":                              {about: other, body: `{"until":null}`},
	"GET /agents/:id/day":                                  {about: other, query: "?date=2026-11-22"},
	"GET /agents/:id/sample":                               {about: other, query: "?from=2026-11-01&to=2026-11-22"},
	"PUT /agents/:id/scores/:mid":                          {about: other, body: `{"points":[{"question":"tone","points":3}],"words":""}`},
	"GET /reports/mails":                                   {},
	"POST /reports/mails":                                  {body: `{"by":"queue","every":"week","hour":8,"zone":"UTC","locale":"en"}`},
	"DELETE /reports/mails/:id":                            {about: other},
	"GET /reports/promises/rows":                           {query: "?from=2026-11-01&to=2026-11-30"},
	"GET /reports/customers/:id":                           {about: other, query: "?month=2026-11"},
	"GET /reports/customers/:id/file":                      {about: other, query: "?month=2026-11"},
	"GET /reports/promises":                                {query: "?from=2026-11-01&to=2026-11-30"},
	"GET /reports/promises/file":                           {query: "?from=2026-11-01&to=2026-11-30&format=xlsx"},
	"POST /settings/webhooks/:id/secret":                   {about: other},
	"GET /webhooks":                                        {},
	"POST /webhooks/:id/test":                              {about: other},
	"POST /webhooks/:id/enable":                            {about: other},
	"GET /webhooks/:id/deliveries":                         {about: other},
	"GET /webhooks/:id/deliveries/:delivery":               {about: other},
	"POST /webhooks/:id/deliveries/:delivery/resend":       {about: other},
	"GET /me/notices":                                      {},
	"PUT /me/notices":                                      {body: `{"no_mail":false,"zone":"","from":"","to":""}`},
	"GET /audit":                                           {},
	"GET /quarantine":                                      {},
	"POST /quarantine/:id/retry":                           {about: other},
	"GET /quarantine/:id/raw":                              {about: other},
	"POST /files":                                          {},
	"GET /files/:blob":                                     {about: other},
	"GET /socket":                                          {},
	"POST /settings/policies/:id/dryrun":                   {about: other, body: `{"days":7,"doc":{"id":"p","name":"P","order":1,"disabled":false,"when":{},"targets":[],"warnings":[],"keep_running":false,"notices_in":"","ladder":[]}}`},
	"POST /settings/inboxes/check":                         {body: `{"doc":{}}`},
	"GET /settings/inboxes/:id/secrets":                    {about: other},
	"PUT /settings/inboxes/:id/secret/:name":               {about: other, body: `{"value":"x"}`},
	"POST /settings/agents/:id/password":                   {about: other, body: `{"password":"another horse 10"}`},
}

// Settings of every kind have the same five routes.
func init() {
	for _, kind := range []string{"inboxes", "queues", "teams", "agents", "skills", "canned", "tags", "tiers", "policies", "calendars", "holidays", "review", "webhooks", "alerts", "reasons", "routing"} {
		calls["GET /settings/"+kind] = call{}
		calls["GET /settings/"+kind+"/:id"] = call{about: other}
		calls["PUT /settings/"+kind+"/:id"] = call{about: other, body: `{"version":0,"doc":{}}`}
		calls["DELETE /settings/"+kind+"/:id"] = call{about: other, query: "?version=1"}
		calls["GET /settings/"+kind+"/:id/history"] = call{about: other}
		calls["GET /settings/"+kind+"/:id/versions"] = call{about: other}
		calls["GET /settings/"+kind+"/:id/versions/:n"] = call{about: other}
		calls["POST /settings/"+kind+"/:id/versions/:n/restore"] = call{about: other, body: `{"version":0}`}
	}
	for route, body := range map[string]string{
		"GET /settings/routing/:id/draft": "", "PUT /settings/routing/:id/draft": `{"version":0,"doc":{"id":"q","rules":[],"steps":[],"delays":[]}}`,
		"DELETE /settings/routing/:id/draft": "", "GET /settings/routing/:id/draft/difference": "",
		"POST /settings/routing/:id/check":   `{"doc":{"id":"q","rules":[],"steps":[],"delays":[]}}`,
		"POST /settings/routing/:id/publish": `{"draft":1,"version":0}`, "POST /routing/queues/:queue/forecast": `{}`,
	} {
		c := call{about: other, body: body}
		if strings.HasPrefix(route, "DELETE") {
			c.query = "?version=1"
		}
		calls[route] = c
	}
}

// outside are the routes that need no session, by design.
var outside = map[string]bool{"GET /healthz": true, "GET /readyz": true, "GET /metrics": true, "GET /api/openapi.json": true}

// address fills a route's parameters.
func address(route, id, mid string) string {
	return strings.NewReplacer(":mid", mid, ":id", id, ":blob", strings.Repeat("0", 64), ":name", "password", ":queue", id, ":n", "1", ":target", "next_response", ":delivery", "x-1").Replace(route)
}

// Every route with every role, with none, and about foreign things (UP-X3, UP-X4).
func TestEveryRouteAndRole(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	foreign := s.mail("buy", "x@customer.test", "secret") // sales: ann and bo must not learn that it exists
	nobody, ann, bo, cai := &person{shop: s}, s.signsIn("ann"), s.signsIn("bo"), s.signsIn("cai")
	const absent = "0198f000-0000-7000-8000-000000000000"
	for _, r := range s.srv.Engine().Routes() {
		path, ours := strings.CutPrefix(r.Path, apiPrefix)
		route := r.Method + " " + path
		if !ours {
			if !outside[route] {
				t.Errorf("%s is served outside the door and not in the list of those that may", route)
			}
			continue
		}
		c, ok := calls[route]
		role, known := s.srv.roles[r.Method+" "+r.Path]
		if !ok || !known {
			t.Errorf("%s: not in the table of calls, or without a role; every new route must say who may ask it", route)
			continue
		}
		if role != public {
			got := nobody.do(r.Method, address(path, absent, absent)+c.query, c.body)
			if got.status != http.StatusUnauthorized || got.reason() != "signed_out" {
				t.Errorf("%s signed out: got %d %s, want 401 signed_out", route, got.status, got.body)
			}
		}
		for _, p := range []struct {
			*person
			role desk.Role
		}{{ann, desk.RoleAgent}, {bo, desk.RoleSupervisor}} {
			checkRole(t, p.person, p.role, role, route, path, r.Method, c, absent, foreign)
		}
		if c.about == conversation && r.Method == http.MethodGet { // else a door that is shut for everybody would pass
			if got := cai.do(r.Method, address(path, string(foreign.Conversation), ""), ""); got.status != http.StatusOK {
				t.Errorf("%s as administrator: got %d %s, want 200", route, got.status, got.body)
			}
		}
	}
}

func checkRole(t *testing.T, p *person, has, needs desk.Role, route, path, method string, c call, absent string, foreign desk.Received) {
	t.Helper()
	if route == "POST /auth/sign-out" { // would end the session the test stands on
		return
	}
	if rank(has) < rank(needs) {
		a := p.do(method, address(path, absent, absent)+c.query, c.body)
		b := p.do(method, address(path, string(foreign.Conversation), string(foreign.Message))+c.query, c.body)
		if a.status != http.StatusForbidden || a.reason() != "role_required" || a.body != b.body {
			t.Errorf("%s as %s: got %d %s and %s, want the same 403 role_required", route, has, a.status, a.body, b.body)
		}
		return
	}
	if c.about != conversation && c.about != message {
		return
	}
	a := p.do(method, address(path, absent, absent)+c.query, c.body)
	b := p.do(method, address(path, string(foreign.Conversation), string(foreign.Message))+c.query, c.body)
	if a.status != http.StatusNotFound || b.status != http.StatusNotFound || a.body != b.body {
		t.Errorf("%s as %s: nothing there %d %s, foreign %d %s; want the same 404", route, has, a.status, a.body, b.status, b.body)
	}
}

// Lists, search and contacts' conversations hold nothing foreign.
func TestNothingForeignInLists(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	foreign := s.mail("buy", "x@customer.test", "zanzibar secret")
	own := s.mail("help", "x@customer.test", "zanzibar open")
	ann := s.signsIn("ann")
	for _, path := range []string{
		"/conversations?list=all&status=any", "/conversations?list=unassigned", "/conversations?queue=sales", "/search?q=zanzibar",
		fmt.Sprintf("/contacts/%s/conversations", foreign.Contact), "/conversations?list=my_queues", "/conversations?assignee=dan",
	} {
		got := ann.do(http.MethodGet, path, "")
		if got.status != http.StatusOK || strings.Contains(got.body, string(foreign.Conversation)) {
			t.Errorf("%s: got %d %s, want 200 without the foreign conversation", path, got.status, got.body)
		}
	}
	if got := ann.do(http.MethodGet, "/search?q=zanzibar", ""); !strings.Contains(got.body, string(own.Conversation)) {
		t.Errorf("search: got %s, want the own conversation", got.body)
	}
	// A mention opens the door, and the foreign inbox stays shut for writing.
	dan := s.signsIn("dan")
	want[Message](dan, http.MethodPost, "/conversations/"+string(foreign.Conversation)+"/notes", `{"text":"@Ann look","mentions":["ann"]}`)
	if c := get[Conversation](ann, "/conversations/"+string(foreign.Conversation)); c.ID != string(foreign.Conversation) {
		t.Errorf("mentioned: got %s, want %s", c.ID, foreign.Conversation)
	}
	if p := get[Page[Conversation]](ann, "/conversations?list=mentioned"); len(p.Items) != 1 {
		t.Errorf("mentioned list: got %d, want 1", len(p.Items))
	}
	got := ann.do(http.MethodPost, "/conversations", `{"inbox":"buy","to":[{"address":"x@y.test"}],"subject":"s","text":"t"}`)
	if got.reason() != "inbox_unknown" {
		t.Errorf("write from a foreign inbox: got %s, want inbox_unknown", got.body)
	}
}

// Files belong to a message one may see, or to whoever sent them in (UP-X4).
func TestFilesAreScoped(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	own, foreign := s.mail("help", "x@customer.test", "open"), s.mail("buy", "x@customer.test", "secret")
	ann, dan := s.signsIn("ann"), s.signsIn("dan")
	f := dan.uploads("bill.svg", "image/svg+xml", "<svg onload=alert(1)>")
	m := want[Message](dan, http.MethodPost, "/conversations/"+string(foreign.Conversation)+"/messages",
		`{"text":"here","force":true,"attachments":[{"blob":"`+f.Blob+`","name":"bill.svg"}]}`)
	for _, c := range []struct {
		name, path string
		who        *person
		want       int
	}{
		{"its reader", "/files/" + f.Blob + "?message=" + m.ID, dan, 200},
		{"its sender", "/files/" + f.Blob, dan, 200},
		{"a colleague by hash", "/files/" + f.Blob, ann, 404},
		{"a colleague by message", "/files/" + f.Blob + "?message=" + m.ID, ann, 404},
		{"by a message that lacks it", "/files/" + f.Blob + "?message=" + string(own.Message), ann, 404},
		{"nobody", "/files/" + f.Blob + "?message=" + m.ID, &person{shop: s}, 401},
	} {
		if got := c.who.do(http.MethodGet, c.path, ""); got.status != c.want {
			t.Errorf("%s: got %d %s, want %d", c.name, got.status, got.body, c.want)
		}
	}
	got := dan.do(http.MethodGet, "/files/"+f.Blob+"?message="+m.ID, "")
	if ct, cd := got.header.Get("Content-Type"), got.header.Get("Content-Disposition"); ct != "application/octet-stream" || !strings.HasPrefix(cd, "attachment") {
		t.Errorf("an SVG: got %s, %s, want a download that no browser runs (UP-X1)", ct, cd)
	}
	if csp := got.header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") {
		t.Errorf("policy of a file: got %q, want a sandbox", csp)
	}
	got = ann.do(http.MethodPost, "/conversations/"+string(own.Conversation)+"/messages",
		`{"text":"stolen","force":true,"attachments":[{"blob":"`+f.Blob+`","name":"bill.svg"}]}`)
	if got.reason() != "file_unknown" {
		t.Errorf("attach another's file by its hash: got %s, want file_unknown", got.body)
	}
}

func (p *person) uploads(name, kind, content string) File {
	p.Helper()
	body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: " + kind + "\r\n\r\n" + content + "\r\n--b--\r\n"
	got := p.ask(http.MethodPost, apiPrefix+"/files", body, map[string]string{"Content-Type": "multipart/form-data; boundary=b"})
	if got.status != http.StatusOK {
		p.Fatalf("upload: got %d %s", got.status, got.body)
	}
	blob := strings.Split(got.body, `"`)[3]
	return File{Blob: blob, Name: name}
}
