package agents_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yingda/agents"
	"yingda/desk"
)

const password = "correct horse 9"

func wantReason(t *testing.T, doing string, err error, want string) {
	t.Helper()
	if got := desk.ReasonOf(err); got != want {
		t.Errorf("%s: got %q (%v), want %q", doing, got, err, want)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.accounts(agents.Default())
	ctx := t.Context()
	if err := a.SetPassword(ctx, ann, password); err != nil {
		t.Fatalf("set password: %v", err)
	}
	stored, err := h.db.PasswordHash(ctx, ann)
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=65536,t=3,p=1$") {
		t.Errorf("stored hash: got %q (%v), want argon2id with 64 MiB, t=3, p=1", stored, err)
	}
	token, s, err := a.SignIn(ctx, " ANN@yingda.test", password, agents.Visit{Address: "192.0.2.1", Client: "test"})
	if err != nil {
		t.Fatalf("sign in: %v", err)
	}
	if len(token) != 43 || strings.Contains(s.TokenHash, token) {
		t.Errorf("token: got %d characters, want 43 that are kept nowhere", len(token))
	}
	got, agent, err := a.Session(ctx, token)
	if err != nil || got.ID != s.ID || agent.ID != ann {
		t.Errorf("session: got %q of %q (%v), want %q of ann", got.ID, agent.ID, err, s.ID)
	}
	for _, wrong := range []struct{ email, password string }{
		{"ann@yingda.test", "wrong horse 9"}, {"nobody@yingda.test", password}, {"bo@yingda.test", password}, {"", ""},
	} {
		_, _, err := a.SignIn(ctx, wrong.email, wrong.password, agents.Visit{Address: "192.0.2.2"})
		wantReason(t, "sign in as "+wrong.email, err, "sign_in_wrong")
	}
	_, _, err = a.SignIn(ctx, "cy@yingda.test", "wrong horse 9", agents.Visit{Address: "192.0.2.3"})
	var refused *desk.Error
	if !errors.As(err, &refused) || refused.Params["left"] != "9" || refused.Params["pause_s"] != "900" {
		t.Errorf("tries left: got %v, want 9 before a pause of 900 s", err)
	}
	_, _, err = a.Session(ctx, token+"x")
	wantReason(t, "foreign token", err, "signed_out")
}

// A disabled agent can neither sign in nor go on.
func TestDisabledAgent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.accounts(agents.Default())
	if err := a.SetPassword(t.Context(), ann, password); err != nil {
		t.Fatal(err)
	}
	token, _, err := a.SignIn(t.Context(), "ann@yingda.test", password, agents.Visit{})
	if err != nil {
		t.Fatal(err)
	}
	off := desk.Agent{ID: ann, Name: "Ann", Email: "ann@yingda.test", Role: desk.RoleAgent, Disabled: true}
	if err := h.try(desk.SettingAgent, "ann", 1, off); err != nil {
		t.Fatal(err)
	}
	_, _, err = a.Session(t.Context(), token)
	wantReason(t, "session of a disabled agent", err, "signed_out")
	_, _, err = a.SignIn(t.Context(), "ann@yingda.test", password, agents.Visit{})
	wantReason(t, "sign in of a disabled agent", err, "sign_in_wrong")
}

// Guesses are limited per account and per address, also when they come at once; success forgives the account.
func TestSignInLimits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cfg := agents.Default()
	cfg.AttemptsPerAccount, cfg.AttemptsPerAddress = 3, 6
	a := h.accounts(cfg)
	if err := a.SetPassword(t.Context(), ann, password); err != nil {
		t.Fatal(err)
	}
	var refused atomic.Int32
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, _, err := a.SignIn(t.Context(), "ann@yingda.test", "guess guess guess", agents.Visit{Address: "192.0.2.7"})
			if desk.ReasonOf(err) == "sign_in_too_many" {
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	if got, want := refused.Load(), int32(3); got != want {
		t.Errorf("refused of six parallel guesses: got %d, want %d", got, want)
	}
	_, _, err := a.SignIn(t.Context(), "ann@yingda.test", password, agents.Visit{Address: "192.0.2.7"})
	wantReason(t, "right password over the account's limit", err, "sign_in_too_many")
	_, _, err = a.SignIn(t.Context(), "bo@yingda.test", password, agents.Visit{Address: "192.0.2.7"})
	wantReason(t, "another account from the address over its limit", err, "sign_in_too_many")
	var e *desk.Error
	if !errors.As(err, &e) || e.Params["retry_s"] != "900" {
		t.Errorf("retry: got %v, want retry_s 900", err)
	}
	h.pass(cfg.AttemptWindow + time.Second)
	if _, _, err := a.SignIn(t.Context(), "ann@yingda.test", password, agents.Visit{Address: "192.0.2.7"}); err != nil {
		t.Errorf("after the window: got %v, want a session", err)
	}
}

// A whole firm comes to work behind one address: who signs in is no guess, and does not widen what guesses get.
func TestColleaguesBehindOneAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cfg := agents.Default()
	cfg.AttemptsPerAccount, cfg.AttemptsPerAddress = 3, 4
	a := h.accounts(cfg)
	if err := a.SetPassword(t.Context(), ann, password); err != nil {
		t.Fatal(err)
	}
	office := agents.Visit{Address: "198.51.100.1"}
	for i := range 12 {
		if _, _, err := a.SignIn(t.Context(), "ann@yingda.test", password, office); err != nil {
			t.Fatalf("sign-in %d from the office: got %v, want a session", i+1, err)
		}
	}
	for i := range 4 {
		_, _, err := a.SignIn(t.Context(), fmt.Sprintf("guess%d@yingda.test", i), "guess guess guess", office)
		wantReason(t, "a guess within the bound", err, "sign_in_wrong")
	}
	_, _, err := a.SignIn(t.Context(), "guess@yingda.test", "guess guess guess", office)
	wantReason(t, "a guess over the bound", err, "sign_in_too_many")
}

// Whoever guesses at an account never locks its owner out: a browser or an address it signed in from before counts
// apart, and all strangers together get ten times what one gets.
func TestGuessesDoNotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cfg := agents.Default()
	cfg.AttemptsPerAccount, cfg.AttemptsPerAddress = 3, 100
	a := h.accounts(cfg)
	if err := a.SetPassword(t.Context(), ann, password); err != nil {
		t.Fatal(err)
	}
	const email, office = "ann@yingda.test", "198.51.100.1"
	if _, _, err := a.SignIn(t.Context(), email, password, agents.Visit{Address: office}); err != nil {
		t.Fatal(err)
	}
	for i := range 40 { // from many places, and from the office's own address
		for _, from := range []string{fmt.Sprintf("192.0.2.%d", i), office} {
			_, _, err := a.SignIn(t.Context(), email, "guess guess guess", agents.Visit{Address: from})
			if r := desk.ReasonOf(err); r != "sign_in_wrong" && r != "sign_in_too_many" {
				t.Fatalf("a guess: got %v", err)
			}
		}
	}
	_, _, err := a.SignIn(t.Context(), email, password, agents.Visit{Address: "203.0.113.9"})
	wantReason(t, "a stranger over what all strangers get", err, "sign_in_too_many")
	_, _, err = a.SignIn(t.Context(), email, password, agents.Visit{Address: office, Device: agents.DeviceFor("bo@yingda.test", "d")})
	wantReason(t, "another account's browser at the guessed-from address", err, "sign_in_too_many")
	if _, _, err := a.SignIn(t.Context(), email, password, agents.Visit{Address: office, Device: agents.DeviceFor(email, "d")}); err != nil {
		t.Errorf("the owner's browser, though somebody guesses from the same address: got %v, want a session", err)
	}
	other := "198.51.100.2"
	h.pass(cfg.AttemptWindow + time.Second)
	if _, _, err := a.SignIn(t.Context(), email, password, agents.Visit{Address: other}); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		_, _, _ = a.SignIn(t.Context(), email, "guess guess guess", agents.Visit{Address: fmt.Sprintf("192.0.2.%d", i)})
	}
	if _, _, err := a.SignIn(t.Context(), email, password, agents.Visit{Address: other}); err != nil {
		t.Errorf("a new browser at a known address: got %v, want a session", err)
	}
	for range 5 {
		_, _, err = a.SignIn(t.Context(), email, "guess guess guess", agents.Visit{Address: other, Device: agents.DeviceFor(email, "d2")})
	}
	wantReason(t, "guesses in a known browser", err, "sign_in_too_many")
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.accounts(agents.Default())
	ctx := t.Context()
	if err := a.SetPassword(ctx, ann, password); err != nil {
		t.Fatal(err)
	}
	sign := func() (string, agents.Session) {
		t.Helper()
		token, s, err := a.SignIn(ctx, "ann@yingda.test", password, agents.Visit{})
		if err != nil {
			t.Fatal(err)
		}
		return token, s
	}
	idle, _ := sign()
	h.pass(12 * time.Hour)
	_, _, err := a.Session(ctx, idle)
	wantReason(t, "unused for 12 h", err, "signed_out")

	used, _ := sign()
	for range 60 { // 30 days, used every 11 h and 59 min
		h.pass(12*time.Hour - time.Minute)
		_, _, err = a.Session(ctx, used)
	}
	if err != nil {
		t.Errorf("used within 30 days: got %v, want a session", err)
	}
	h.pass(2 * time.Hour)
	_, _, err = a.Session(ctx, used)
	wantReason(t, "older than 30 days", err, "signed_out")

	one, first := sign()
	two, second := sign()
	if _, err := a.ChangePassword(ctx, first, agents.Visit{}, "not the old one", "another horse 10"); desk.ReasonOf(err) != "password_wrong" {
		t.Errorf("change with a wrong old password: got %v, want password_wrong", err)
	}
	if _, err := a.ChangePassword(ctx, first, agents.Visit{}, password, "short"); desk.ReasonOf(err) != "password_short" {
		t.Errorf("change to a short one: got %v, want password_short", err)
	}
	ended, err := a.ChangePassword(ctx, first, agents.Visit{}, password, "another horse 10")
	if err != nil || !contains(ended, second.ID) || contains(ended, first.ID) {
		t.Errorf("change: got ended %v (%v), want the other sessions and not this one", ended, err)
	}
	if _, _, err := a.Session(ctx, one); err != nil {
		t.Errorf("this browser after the change: got %v, want a session", err)
	}
	_, _, err = a.Session(ctx, two)
	wantReason(t, "the other browser after the change", err, "signed_out")
	if err := a.End(ctx, bo, first.ID); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("end somebody else's session: got %v, want not found", err)
	}
	if err := a.End(ctx, ann, first.ID); err != nil {
		t.Errorf("end my session: %v", err)
	}
	if list, err := a.Sessions(ctx, ann); err != nil || len(list) != 0 {
		t.Errorf("sessions left: got %v (%v), want none", list, err)
	}
}

func contains(all []string, s string) bool {
	for _, have := range all {
		if have == s {
			return true
		}
	}
	return false
}

func TestCheckSetting(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ok := desk.Agent{Name: "Dee", Email: "dee@yingda.test", Role: desk.RoleAgent}
	for _, c := range []struct {
		name, want string
		change     func(*desk.Agent)
	}{
		{"fits", "", func(*desk.Agent) {}},
		{"no name", "setting_invalid", func(a *desk.Agent) { a.Name = "" }},
		{"no address", "setting_invalid", func(a *desk.Agent) { a.Email = "dee" }},
		{"taken, in other case", "email_taken", func(a *desk.Agent) { a.Email = "ANN@yingda.test" }},
		{"no such role", "setting_invalid", func(a *desk.Agent) { a.Role = "king" }},
		{"no such team", "setting_invalid", func(a *desk.Agent) { a.Teams = []desk.TeamID{"nine"} }},
		{"no such queue", "setting_invalid", func(a *desk.Agent) { a.Queues = []desk.QueueID{"nine"} }},
		{"level 6", "setting_invalid", func(a *desk.Agent) { a.Skills = []desk.Skill{{Name: "go", Level: 6}} }},
		{"below nothing", "setting_invalid", func(a *desk.Agent) { a.Capacity = -1 }},
	} {
		a := ok
		c.change(&a)
		wantReason(t, c.name, h.try(desk.SettingAgent, "dee-"+strings.ReplaceAll(c.name, " ", "-"), 0, a), c.want)
	}
	last := desk.Agent{Name: "Cai", Email: "cai@yingda.test", Role: desk.RoleSupervisor}
	wantReason(t, "the last administrator steps down", h.try(desk.SettingAgent, "cai", 1, last), "last_administrator")
}

func TestScopeOf(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := h.db.Directory()
	row := func(q desk.QueueID, assignee desk.AgentID, mentioned ...desk.AgentID) desk.ConversationRow {
		return desk.ConversationRow{Conversation: desk.Conversation{Queue: q, Assignee: assignee}, Mentioned: mentioned}
	}
	for _, c := range []struct {
		name string
		who  desk.AgentID
		row  desk.ConversationRow
		want bool
	}{
		{"agent, own queue", ann, row("support", ""), true},
		{"agent, foreign queue", ann, row("sales", ""), false},
		{"agent, assigned from a foreign queue", ann, row("sales", ann), true},
		{"agent, a colleague's in a foreign queue", ann, row("sales", bo), false},
		{"agent, mentioned", ann, row("sales", bo, ann), true},
		{"agent, no queue at all", ann, row("", ""), false},
		{"supervisor, led team's queue", bo, row("support", ""), true},
		{"supervisor, led agent's work elsewhere", bo, row("sales", ann), true},
		{"supervisor, foreign", bo, row("sales", cai), false},
		{"administrator, anything", cai, row("sales", ""), true},
	} {
		agent, _ := d.Agent(c.who)
		if got := agents.ScopeOf(d, agent).Sees(c.row); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// Two administrators who each take the other's role at once leave one.
func TestAdministratorsCannotUnseatEachOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	dan := desk.Agent{ID: "dan", Name: "Dan", Email: "dan@yingda.test", Role: desk.RoleAdministrator}
	h.save(t, desk.SettingAgent, "dan", dan)
	dan.Role = desk.RoleAgent
	var wg sync.WaitGroup
	var refused atomic.Int32
	for id, doc := range map[string]desk.Agent{"dan": dan, "cai": {ID: cai, Name: "Cai", Email: "cai@yingda.test", Role: desk.RoleAgent}} {
		wg.Go(func() {
			if desk.ReasonOf(h.try(desk.SettingAgent, id, 1, doc)) == "last_administrator" {
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	if got := refused.Load(); got != 1 {
		t.Errorf("refused of the two: got %d, want 1", got)
	}
}
