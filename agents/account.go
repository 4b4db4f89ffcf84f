package agents

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"yingda/desk"
)

// Config is what sign-in allows. Durations are as in Go ("12h").
type Config struct {
	// SessionIdle ends a session that was not used for so long.
	SessionIdle time.Duration `yaml:"session_idle"`
	// SessionMax ends a session in any case.
	SessionMax time.Duration `yaml:"session_max"`
	// AttemptWindow is the time in which failed sign-ins are counted.
	AttemptWindow time.Duration `yaml:"attempt_window"`
	// AttemptsPerAccount is how many attempts one account may see in that time from one network address, or from one
	// browser that signed in before; more are refused. From all strange addresses together it is ten times as many.
	AttemptsPerAccount int `yaml:"attempts_per_account"`
	// AttemptsPerAddress is how many failed attempts one network address may make in that time; then all are refused.
	// Those that succeed do not count: a whole firm comes to work behind one address.
	AttemptsPerAddress int `yaml:"attempts_per_address"`
	// HashesAtOnce bounds password checks that run side by side; each needs 64 MiB.
	HashesAtOnce int `yaml:"hashes_at_once"`
	// Grace is how long an agent may be without any connection before they turn offline.
	Grace time.Duration `yaml:"grace"`
}

// Default is what holds when nothing is configured.
func Default() Config {
	return Config{
		SessionIdle: 12 * time.Hour, SessionMax: 30 * 24 * time.Hour, AttemptWindow: 15 * time.Minute,
		AttemptsPerAccount: 10, AttemptsPerAddress: 50, HashesAtOnce: 2, Grace: time.Minute,
	}
}

// Validate names the first value that makes no sense.
func (c Config) Validate() error {
	switch {
	case c.SessionIdle < time.Minute:
		return errors.New("session_idle: must be at least 1m")
	case c.SessionMax < c.SessionIdle:
		return errors.New("session_max: must not be less than session_idle")
	case c.AttemptWindow < time.Second:
		return errors.New("attempt_window: must be at least 1s")
	case c.AttemptsPerAccount < 1 || c.AttemptsPerAddress < 1:
		return errors.New("attempts_per_account, attempts_per_address: must be at least 1")
	case c.HashesAtOnce < 1 || c.HashesAtOnce > 64:
		return errors.New("hashes_at_once: must be from 1 to 64")
	case c.Grace < 5*time.Second:
		return errors.New("grace: must be at least 5s")
	}
	return nil
}

// Accounts is sign-in.
type Accounts struct {
	store Store
	dir   func() desk.Directory
	now   func() time.Time
	newID func() string
	cfg   Config
	hash  *hasher
	known known
}

// NewAccounts makes Accounts. dir is the current directory of people.
func NewAccounts(store Store, dir func() desk.Directory, now func() time.Time, newID func() string, cfg Config) *Accounts {
	return &Accounts{store: store, dir: dir, now: now, newID: newID, cfg: cfg, hash: newHasher(cfg.HashesAtOnce)}
}

// touchEvery bounds how often the use of a session is written down.
const touchEvery = time.Minute

func (a *Accounts) instant() time.Time { return a.now().UTC().Truncate(time.Millisecond) }

// Visit is where a sign-in comes from. Device is the account key (see [DeviceFor]) and own id of a browser that signed
// in before, as the web side has sealed it; the zero Device is a stranger.
type Visit struct {
	Address, Client string
	Device          Device
}

// Device is a browser that signed in to an account before.
type Device struct {
	Account string `json:"a"` // a hash: the cookie names nobody
	ID      string `json:"d"`
}

// DeviceFor is what a browser keeps after a sign-in with this address.
func DeviceFor(email, id string) Device { return Device{Account: accountKey(fold(email)), ID: id} }

// strangers is how many times AttemptsPerAccount all strange addresses together may try one account: enough for people
// who travel, too few for a botnet to guess a password of ten characters.
const strangers = 10

// SignIn checks a password and opens a session; the token is returned once and kept nowhere. An unknown account, a
// wrong password and a disabled agent get the same answer after the same work.
// Errors: Forbidden "sign_in_wrong" (params left: tries before a pause, the same for accounts that do not exist;
// pause_s); TooMany "sign_in_too_many" (param retry_s); Unavailable.
func (a *Accounts) SignIn(ctx context.Context, email, password string, v Visit) (token string, s Session, err error) {
	email = fold(email)
	left, tried, err := a.limit(ctx, email, v)
	if err != nil {
		return "", Session{}, err
	}
	agent, known := a.byEmail(email)
	stored := a.hash.decoy
	if known {
		if stored, err = a.store.PasswordHash(ctx, agent.ID); errors.Is(err, desk.ErrNotFound) {
			stored, known = a.hash.decoy, false
		} else if err != nil {
			return "", Session{}, fmt.Errorf("sign in %s: %w", agent.ID, err)
		}
	}
	ok, err := a.hash.matches(ctx, stored, password)
	if err != nil {
		return "", Session{}, fmt.Errorf("sign in: %w", err)
	}
	if !ok || !known || agent.Disabled {
		return "", Session{}, desk.Refuse(desk.Forbidden, "sign_in_wrong", "left", fmt.Sprint(left), "pause_s", a.pause())
	}
	if err := a.store.ForgiveAttempt(ctx, tried.names, tried.at); err != nil {
		return "", Session{}, fmt.Errorf("sign in %s: %w", agent.ID, err)
	}
	return a.open(ctx, agent.ID, v)
}

// try is one attempt as it was counted: the name that is forgiven altogether when it succeeds comes first.
type try struct {
	names []string
	at    time.Time
}

// limit counts one try under every name it goes by, and returns how many are left before a pause. A browser or address the account signed in from before counts apart from strangers: whoever
// guesses from elsewhere never locks the owner out.
func (a *Accounts) limit(ctx context.Context, email string, v Visit) (left int, t try, err error) {
	type bound struct {
		name string
		most int
	}
	account, each := accountKey(email), a.cfg.AttemptsPerAccount
	var bounds []bound
	if v.Device.ID != "" && v.Device.Account == account {
		bounds = []bound{{"device:" + clip(v.Device.ID, 64) + " " + account, each}}
	} else {
		bounds = []bound{{account + " " + clip(v.Address, 64), each}, {"address:" + clip(v.Address, 64), a.cfg.AttemptsPerAddress}}
		known, err := a.knownAddress(ctx, email, v.Address)
		if err != nil {
			return 0, try{}, err
		}
		if !known {
			bounds = append(bounds, bound{account, strangers * each})
		}
	}
	names := make([]string, len(bounds))
	for i, b := range bounds {
		names[i] = b.name
	}
	now := a.instant()
	counts, err := a.store.Attempt(ctx, names, now, now.Add(-a.cfg.AttemptWindow))
	if err != nil {
		return 0, try{}, fmt.Errorf("count attempts: %w", err)
	}
	if len(counts) != len(names) {
		return 0, try{}, fmt.Errorf("count attempts: got %d counts, want %d", len(counts), len(names))
	}
	left = each
	for i, n := range counts {
		left = min(left, bounds[i].most-n)
	}
	if left < 0 {
		return 0, try{}, desk.Refuse(desk.TooMany, "sign_in_too_many", "retry_s", a.pause())
	}
	return left, try{names, now}, nil
}

// knownAddress reports whether the account has signed in from the address and its session is still kept.
func (a *Accounts) knownAddress(ctx context.Context, email, address string) (bool, error) {
	agent, _ := a.byEmail(email) // nobody has no sessions: the same work for accounts that do not exist
	all, err := a.store.SessionsOf(ctx, agent.ID)
	if err != nil {
		return false, fmt.Errorf("look up where %s signed in from: %w", agent.ID, err)
	}
	for _, s := range all {
		if s.Address != "" && s.Address == clip(address, 64) {
			return true, nil
		}
	}
	return false, nil
}

// pause is how long tries are refused after too many, in seconds.
func (a *Accounts) pause() string { return fmt.Sprint(int(a.cfg.AttemptWindow.Seconds())) }

// accountKey is a hash so that a mistyped password in the e-mail field is not kept in clear.
func accountKey(email string) string {
	sum := sha256.Sum256([]byte(email))
	return "account:" + hex.EncodeToString(sum[:])
}

func fold(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func (a *Accounts) byEmail(email string) (desk.Agent, bool) {
	for _, agent := range a.dir().Agents() {
		if email != "" && fold(agent.Email) == email {
			return agent, true
		}
	}
	return desk.Agent{}, false
}

func (a *Accounts) open(ctx context.Context, agent desk.AgentID, v Visit) (string, Session, error) {
	secret := make([]byte, 32) // 256 bits: nothing to guess, so a plain hash of it is enough to store
	if _, err := rand.Read(secret); err != nil {
		return "", Session{}, fmt.Errorf("make a session token: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(secret)
	now := a.instant()
	s := Session{
		ID: a.newID(), Agent: agent, TokenHash: tokenHash(token), Address: clip(v.Address, 64), Client: clip(v.Client, 300),
		CreatedAt: now, SeenAt: now, IdleUntil: now.Add(a.cfg.SessionIdle), ExpiresAt: now.Add(a.cfg.SessionMax),
	}
	if err := a.store.AddSession(ctx, s); err != nil {
		return "", Session{}, fmt.Errorf("open a session of %s: %w", agent, err)
	}
	return token, s, nil
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// ErrSignedOut is returned for a token that opens nothing (any more).
var ErrSignedOut = desk.Refuse(desk.Forbidden, "signed_out")

// Session returns who a token belongs to and notes the use. Errors: ErrSignedOut; those of the store.
func (a *Accounts) Session(ctx context.Context, token string) (Session, desk.Agent, error) {
	if token == "" || len(token) > 100 {
		return Session{}, desk.Agent{}, ErrSignedOut
	}
	now, hash := a.instant(), tokenHash(token)
	s, era, ok := a.known.get(hash, now)
	if !ok {
		var err error
		s, err = a.store.SessionByHash(ctx, hash)
		if errors.Is(err, desk.ErrNotFound) {
			return Session{}, desk.Agent{}, ErrSignedOut
		}
		if err != nil {
			return Session{}, desk.Agent{}, fmt.Errorf("look up a session: %w", err)
		}
	}
	agent, there := a.dir().Agent(s.Agent)
	if !there || agent.Disabled || !now.Before(s.IdleUntil) || !now.Before(s.ExpiresAt) {
		return Session{}, desk.Agent{}, ErrSignedOut
	}
	if now.Sub(s.SeenAt) >= touchEvery {
		s.SeenAt, s.IdleUntil = now, now.Add(a.cfg.SessionIdle)
		if err := a.store.TouchSession(ctx, s.ID, s.SeenAt, s.IdleUntil); err != nil {
			return Session{}, desk.Agent{}, fmt.Errorf("touch a session: %w", err)
		}
		ok = false
	}
	if !ok {
		a.known.put(hash, s, era, now)
	}
	return s, agent, nil
}

// end deletes sessions; see [Store.EndSessions].
func (a *Accounts) end(ctx context.Context, agent desk.AgentID, id, except string) ([]string, error) {
	defer a.known.forget()
	return a.store.EndSessions(ctx, agent, id, except)
}

// Sessions lists the agent's sessions that still hold, newest use first.
func (a *Accounts) Sessions(ctx context.Context, agent desk.AgentID) ([]Session, error) {
	all, err := a.store.SessionsOf(ctx, agent)
	if err != nil {
		return nil, fmt.Errorf("list sessions of %s: %w", agent, err)
	}
	now, live := a.instant(), make([]Session, 0, len(all))
	for _, s := range all {
		if now.Before(s.IdleUntil) && now.Before(s.ExpiresAt) {
			live = append(live, s)
		}
	}
	return live, nil
}

// End ends one session of the agent. Errors: NotFound when they have none of that id.
func (a *Accounts) End(ctx context.Context, agent desk.AgentID, id string) error {
	ended, err := a.end(ctx, agent, id, "")
	if err != nil {
		return fmt.Errorf("end a session of %s: %w", agent, err)
	}
	if id == "" || len(ended) == 0 {
		return desk.ErrNotFound
	}
	return nil
}

// EndAll ends every session of the agent, when they are disabled or an administrator sets their password.
func (a *Accounts) EndAll(ctx context.Context, agent desk.AgentID) ([]string, error) {
	return a.end(ctx, agent, "", "")
}

// ChangePassword checks the old password, sets the new one and ends all other sessions; it returns their ids.
// Errors: Forbidden "password_wrong"; Invalid "password_short", "password_long"; TooMany "sign_in_too_many".
func (a *Accounts) ChangePassword(ctx context.Context, s Session, v Visit, old, password string) ([]string, error) {
	agent, ok := a.dir().Agent(s.Agent)
	if !ok {
		return nil, desk.ErrNotFound
	}
	email := fold(agent.Email)
	v.Device = Device{Account: accountKey(email), ID: "session " + s.ID} // who is signed in is no stranger
	_, tried, err := a.limit(ctx, email, v)
	if err != nil {
		return nil, err
	}
	stored, err := a.store.PasswordHash(ctx, s.Agent)
	if err != nil {
		return nil, fmt.Errorf("change password of %s: %w", s.Agent, err)
	}
	right, err := a.hash.matches(ctx, stored, old)
	if err != nil {
		return nil, fmt.Errorf("change password of %s: %w", s.Agent, err)
	}
	if !right {
		return nil, desk.Refuse(desk.Forbidden, "password_wrong")
	}
	if err := a.SetPassword(ctx, s.Agent, password); err != nil {
		return nil, err
	}
	if err := a.store.ForgiveAttempt(ctx, tried.names, tried.at); err != nil {
		return nil, fmt.Errorf("change password of %s: %w", s.Agent, err)
	}
	return a.end(ctx, s.Agent, "", s.ID)
}

// SetPassword sets an agent's password without asking for the old one: `user passwd`, `user add`, administrators. The
// caller decides about sessions. Errors: Invalid "password_short", "password_long".
func (a *Accounts) SetPassword(ctx context.Context, agent desk.AgentID, password string) error {
	hash, err := a.hash.hash(ctx, password)
	if err != nil {
		return err
	}
	if err := a.store.SavePasswordHash(ctx, agent, hash, a.instant()); err != nil {
		return fmt.Errorf("set password of %s: %w", agent, err)
	}
	return nil
}

// NewPassword makes a password to be printed once: 100 bits in four readable groups.
func NewPassword() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789" // without look-alikes
	raw := make([]byte, 20)
	_, _ = rand.Read(raw) // never fails: crypto/rand aborts the program instead
	var b strings.Builder
	for i, r := range raw {
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[int(r)%len(letters)])
	}
	return b.String()
}
