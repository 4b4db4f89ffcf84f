package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yingda/agents"
	"yingda/configs"
	"yingda/desk"
	"yingda/internal/testkit"
)

// shell is a place where commands are typed: a folder with a configuration file of its own.
type shell struct {
	*testing.T
	dir, file string
	environ   []string
}

func newShell(t *testing.T) *shell {
	t.Helper()
	dir := t.TempDir()
	s := &shell{T: t, dir: dir, file: filepath.Join(dir, "yingda.yaml"), environ: []string{"YINGDA_STORE__KEY=0123456789abcdef"}}
	s.writes("listen: 127.0.0.1:0\nstore: {url: 'sqlite:" + filepath.ToSlash(filepath.Join(dir, "data", "yingda.db")) + "'}\n")
	return s
}

func (s *shell) writes(text string) {
	s.Helper()
	if err := os.WriteFile(s.file, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
}

// types runs one command with something on its standard input.
func (s *shell) types(stdin string, args ...string) (string, error) {
	s.Helper()
	var out bytes.Buffer
	p := &program{in: strings.NewReader(stdin), out: &out, err: s.Output(), environ: s.environ}
	err := p.run(s.Context(), args)
	return out.String(), err
}

// gets runs a command that must do well.
func (s *shell) gets(stdin string, args ...string) string {
	s.Helper()
	out, err := s.types(stdin, args...)
	if err != nil {
		s.Fatalf("yingda %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// node opens the shell's record, with its writer running, until the test ends.
func (s *shell) node() *node {
	s.Helper()
	n, stop := s.opens()
	s.Cleanup(stop)
	return n
}

// signIn opens the record, signs somebody in and closes it again.
func (s *shell) signIn(email, password string) string {
	s.Helper()
	n, stop := s.opens()
	defer stop()
	token, _, err := n.accounts.SignIn(s.Context(), email, password, agents.Visit{Address: "127.0.0.1", Client: "test"})
	if err != nil {
		s.Fatalf("sign in as %s: %v", email, err)
	}
	return token
}

func (s *shell) opens() (*node, func()) {
	s.Helper()
	cfg, err := configs.Load(s.file, s.environ)
	if err != nil {
		s.Fatal(err)
	}
	n, err := openNode(s.Context(), cfg, quietLog())
	if err != nil {
		s.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.db.Run(ctx) }()
	return n, func() {
		stop()
		if err := <-done; err != nil {
			s.Errorf("run the record: %v", err)
		}
		n.close()
	}
}

func (s *shell) maySignIn(n *node, email, password string) bool {
	s.Helper()
	_, _, err := n.accounts.SignIn(s.Context(), email, password, agents.Visit{Address: "127.0.0.1", Client: "test"})
	if err != nil && desk.CodeOf(err) != desk.Forbidden {
		s.Fatalf("sign in as %s: %v", email, err)
	}
	return err == nil
}

func TestUserAddTakesThePasswordFromStandardInput(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	out := s.gets("correct horse 9\n", "user", "add", "-c", s.file, "--email", "ann@house.test", "--name", "Ann", "--role", "supervisor")
	if !strings.Contains(out, "ann@house.test may sign in\n") || strings.Contains(out, "correct horse") {
		t.Errorf("got %q, want the person named and no password shown", out)
	}
	if !strings.Contains(out, "First start: sign in at") {
		t.Errorf("got %q, want the administrator of an empty record announced", out)
	}
	n := s.node()
	ann, ok := byEmail(n, "ANN@house.test")
	if !ok || ann.Name != "Ann" || ann.Role != desk.RoleSupervisor {
		t.Errorf("got %+v, %v; want Ann, supervisor", ann, ok)
	}
	if !s.maySignIn(n, "ann@house.test", "correct horse 9") {
		t.Error("Ann may not sign in with the password that was typed")
	}
	if _, ok := n.db.Directory().Queue("general"); !ok {
		t.Error("the empty record got no queue")
	}
}

func TestUserAddMakesAPasswordWhenNoneIsGiven(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	out := s.gets("", "user", "add", "-c", s.file, "--email", "bo@house.test")
	found := regexp.MustCompile(`bo@house.test may sign in with password (\S+) \(shown once\)`).FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("got %q, want a password shown once", out)
	}
	n := s.node()
	if bo, _ := byEmail(n, "bo@house.test"); bo.Name != "bo" || bo.Role != desk.RoleAgent {
		t.Errorf("got %+v, want an agent named after the address", bo)
	}
	if !s.maySignIn(n, "bo@house.test", found[1]) {
		t.Error("the password that was shown does not sign in")
	}
}

func TestUserPasswdReplacesThePassword(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.gets("correct horse 9\n", "user", "add", "-c", s.file, "--email", "ann@house.test")
	token := s.signIn("ann@house.test", "correct horse 9")
	s.gets("wrong battery 7\n", "user", "passwd", "-c", s.file, "--email", "Ann@House.test")
	n := s.node()
	if _, _, err := n.accounts.Session(t.Context(), token); !errors.Is(err, agents.ErrSignedOut) {
		t.Errorf("got %v, want the old session ended", err)
	}
	if s.maySignIn(n, "ann@house.test", "correct horse 9") || !s.maySignIn(n, "ann@house.test", "wrong battery 7") {
		t.Error("the old password signs in, or the new one does not")
	}
}

func TestUserRefusals(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.gets("correct horse 9\n", "user", "add", "-c", s.file, "--email", "ann@house.test")
	for _, c := range []struct {
		args  []string
		stdin string
		want  string
		usage bool
	}{
		{args: []string{"user"}, want: "user add or user passwd", usage: true},
		{args: []string{"user", "remove"}, want: "user add or user passwd", usage: true},
		{args: []string{"user", "add", "-c", s.file}, want: "needs --email", usage: true},
		{args: []string{"user", "add", "-c", s.file, "--email", "a@b.test", "--role", "boss"}, want: "want agent, supervisor or administrator", usage: true},
		{args: []string{"user", "add", "-c", s.file, "--emial", "a@b.test"}, want: "emial", usage: true},
		{args: []string{"user", "add", "-c", s.file, "--email", "nobody"}, want: "setting_invalid; field: email"},
		{args: []string{"user", "add", "-c", s.file, "--email", "ANN@house.test"}, want: "email_taken"},
		{args: []string{"user", "passwd", "-c", s.file, "--email", "eve@house.test"}, want: "nobody signs in as eve@house.test"},
		{args: []string{"user", "passwd", "-c", s.file, "--email", "ann@house.test"}, stdin: "short\n", want: "set the password"},
	} {
		_, err := s.types(c.stdin, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, errUsage) != c.usage {
			t.Errorf("yingda %v: got %v, want %q (usage %v)", c.args, err, c.want, c.usage)
		}
	}
}

func TestMigrateTwice(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	first := s.gets("", "migrate", "-c", s.file)
	if again := s.gets("", "migrate", "-c", s.file); again != first || !strings.HasPrefix(first, "schema version ") {
		t.Errorf("got %q, then %q; want the same schema version", first, again)
	}
}

func TestMigrateOnPostgres(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.environ = append(s.environ, "YINGDA_STORE__URL="+testkit.Postgres(t))
	first := s.gets("", "migrate", "-c", s.file)
	if again := s.gets("", "migrate", "-c", s.file); again != first {
		t.Errorf("got %q, then %q; want the same schema version", first, again)
	}
}

func TestCheckconfig(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	if out := s.gets("", "checkconfig", s.file); out != "ok\n" {
		t.Errorf("got %q, want ok", out)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "data")); err == nil {
		t.Error("checkconfig made the data folder")
	}
	s.writes("listen: 127.0.0.1:0\nstor: {}\n")
	if _, err := s.types("", "checkconfig", s.file); err == nil || !strings.Contains(err.Error(), s.file+":2: stor: unknown key; allowed here: ") {
		t.Errorf("got %v, want file, line and the allowed keys", err)
	}
	if _, err := s.types("", "checkconfig", s.file+".not"); err == nil || errors.Is(err, errUsage) {
		t.Errorf("got %v, want a plain failure for a file that is not there", err)
	}
	if _, err := s.types("", "checkconfig"); !errors.Is(err, errUsage) {
		t.Errorf("got %v, want a usage error", err)
	}
}

func TestUnknownCommand(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	_, err := s.types("", "swerve")
	if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), `unknown command "swerve"; known: backup, checkconfig, demo, `) {
		t.Errorf("got %v, want a usage error that names the commands", err)
	}
	if _, err := s.types("", "serve", "-c", s.file, "now"); !errors.Is(err, errUsage) || !strings.Contains(err.Error(), `unexpected "now"`) {
		t.Errorf("got %v, want a usage error that names the word", err)
	}
}

// --help after a command says what the manual says of that command, and nothing of the others.
func TestHelpOfOneCommand(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	for _, c := range []struct {
		args     []string
		has, not string
	}{
		{[]string{"sla", "due", "--help"}, "--calendar FILE --start TIME", "sla between"},
		{[]string{"sla", "-h"}, "sla between", "route"},
		{[]string{"route", "simulate", "--agents", "3", "--help"}, "--concurrency N", "route explain"},
		{[]string{"serve", "-help"}, "Runs a node until", "demo"},
		{[]string{"user", "add", "--help"}, "ROLE is agent", "user passwd"},
	} {
		got := s.gets("", c.args...)
		if !strings.HasPrefix(got, "yingda "+c.args[0]) || !strings.Contains(got, c.has) || strings.Contains(got, c.not) {
			t.Errorf("yingda %s: got\n%s\nwant %q and nothing of %q", strings.Join(c.args, " "), got, c.has, c.not)
		}
	}
	for name := range commands {
		if got := s.gets("", name, "--help"); !strings.HasPrefix(got, "yingda "+name) || !strings.Contains(got, "\n\n"+name) {
			t.Errorf("yingda %s --help: got\n%s", name, got)
		}
	}
}

// The manual names every command, and nothing that is not there.
func TestManualIsTrue(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	text := s.gets("")
	if text != s.gets("", "help") || text != s.gets("", "--help") {
		t.Error("the three ways to the manual differ")
	}
	var named []string
	for _, m := range regexp.MustCompile(`(?m)^    yingda ([a-z]+)`).FindAllStringSubmatch(text, -1) {
		named = append(named, m[1])
	}
	slices.Sort(named)
	if named = slices.Compact(named); !slices.Equal(named, known()) {
		t.Errorf("the manual names %v, the program knows %v", named, known())
	}
	for _, name := range regexp.MustCompile(`YINGDA_[A-Z_]+[A-Z]`).FindAllString(text, -1) {
		if name == "YINGDA_NOW_OFFSET" {
			continue
		}
		if _, err := configs.Load("", []string{name + "=x"}); err != nil && strings.Contains(err.Error(), "unknown key") {
			t.Errorf("the manual names %s: %v", name, err)
		}
	}
}

func TestVersionAndOpenAPI(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	if out := s.gets("", "version"); !regexp.MustCompile(`^yingda \S+.* \(go1\S+, \w+/\w+\)\n$`).MatchString(out) {
		t.Errorf("got %q", out)
	}
	var doc struct{ OpenAPI string }
	if err := json.Unmarshal([]byte(s.gets("", "openapi")), &doc); err != nil || !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("got OpenAPI %q, %v; want 3.1", doc.OpenAPI, err)
	}
}

func TestServeWantsAKey(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.environ = nil
	if _, err := s.types("", "serve", "-c", s.file); err == nil || !strings.Contains(err.Error(), "YINGDA_STORE__KEY") {
		t.Errorf("got %v, want to be told which variable to set", err)
	}
}

func TestRebuildForgetsTheIndexOnly(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	if out := s.gets("", "rebuild", "-c", s.file); !strings.Contains(out, "nothing to rebuild") || !strings.Contains(out, "packed 0 hours") {
		t.Errorf("embedded: got %q", out)
	}
	addr := testkit.Redis(t)
	rdb, stop := openRedis(configs.Redis{Addresses: []string{addr}})
	defer stop()
	for _, k := range []string{"yd:{r}:seq", "yd:{r}:offered", "other"} {
		if err := rdb.Set(t.Context(), k, "1", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	s.environ = append(s.environ, "YINGDA_REDIS__ADDRESSES="+addr)
	if out := s.gets("", "rebuild", "-c", s.file); !strings.HasPrefix(out, "forgot 2 keys;") {
		t.Errorf("got %q, want 2 keys forgotten", out)
	}
	if left, err := rdb.Keys(t.Context(), "*").Result(); err != nil || !slices.Equal(left, []string{"other"}) {
		t.Errorf("got %v, %v; want the key of somebody else left", left, err)
	}
}

const seedFile = `
seed:
  - {kind: routing, id: general, doc: {rules: [{name: hers, when: {owner: [wang]}, queue: orders, steps: [{after_s: 60, teams: [shop]}]}]}}
  - {kind: queue, id: orders, doc: {name: Orders, auto_accept: [email]}}
  - {kind: queue, id: general, doc: {name: Everything}}
  - {kind: agent, id: wang, doc: {name: Wang Min, email: wang@house.test, role: agent, teams: [shop]}}
  - {kind: team, id: shop, doc: {name: Shop, queues: [orders]}}
  - kind: inbox
    id: mail
    doc:
      name: Mail
      medium: email
      queue: orders
      address: orders@house.test
      enabled: true
      channel:
        imap: {host: imap.house.test, username: orders, secret: password}
        smtp: {host: smtp.house.test, username: orders, secret: password}
    secret_files: {password: SECRET}
`

// Seeds are imported once: what people change or delete afterwards stays as they left it.
func TestSeedsAreImportedOnce(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	secret := filepath.Join(s.dir, "secret")
	if err := os.WriteFile(secret, []byte("mail password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	s.writes(string(head) + strings.ReplaceAll(seedFile, "SECRET", filepath.ToSlash(secret)))
	n := s.node()
	var out bytes.Buffer
	p := &program{out: &out}
	if err := p.firstStart(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if q, _ := n.db.Directory().Queue("general"); q.Name != "Everything" {
		t.Errorf("got the queue %+v, want the seed's rather than the built-in one", q)
	}
	if set, err := n.db.Setting(t.Context(), desk.SettingRouting, "general"); err != nil || !strings.Contains(string(set.Doc), "wang") {
		t.Errorf("got the policy %s (%v), want the one that names queues, a team and a person of the seeds", set.Doc, err)
	}
	if a, ok := byEmail(n, "wang@house.test"); !ok || a.ID != "wang" {
		t.Errorf("got %+v, %v; want the seeded agent", a, ok)
	}
	if !strings.Contains(out.String(), "admin@localhost") {
		t.Errorf("got %q, want an administrator beside the seeded people", &out)
	}
	if got, err := n.db.Secret(t.Context(), "mail", "password"); err != nil || got != "mail password" {
		t.Errorf("got the secret %q, %v", got, err)
	}
	s.change(n, desk.Setting{Kind: desk.SettingQueue, ID: "general", Version: 1, Doc: []byte(`{"id":"general","name":"Renamed"}`)})
	s.change(n, desk.Setting{Kind: desk.SettingQueue, ID: "orders", Version: 1, Doc: []byte(`{}`), Deleted: true})
	if err := os.Remove(secret); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := p.firstStart(t.Context(), n); err != nil || out.Len() > 0 {
		t.Fatalf("the second time: %v, %q; want nothing done and nothing said", err, &out)
	}
	if q, _ := n.db.Directory().Queue("general"); q.Name != "Renamed" {
		t.Errorf("got %q, want the name people gave it", q.Name)
	}
	if q, ok := n.db.Directory().Queue("orders"); ok {
		t.Errorf("got %+v, want what was deleted to stay away", q)
	}
}

func (s *shell) change(n *node, set desk.Setting) {
	s.Helper()
	if _, err := n.desk.SaveSetting(s.Context(), desk.System(), set); err != nil {
		s.Fatal(err)
	}
}

// A seed that does not fit stops the start and says which one.
func TestBadSeedStopsTheStart(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	head, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	s.writes(string(head) + "seed:\n  - {kind: agent, id: wang, doc: {name: Wang, email: wang@house.test, role: agent, teams: [nowhere]}}\n")
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	p := &program{in: strings.NewReader(""), out: &bytes.Buffer{}, err: t.Output(), environ: s.environ}
	if err := p.run(ctx, []string{"serve", "-c", s.file}); err == nil || !strings.Contains(err.Error(), "seed agent wang: ") || !strings.Contains(err.Error(), "field: teams") {
		t.Errorf("got %v, want the seed and the field named", err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	was := newShell(t)
	was.gets("a long enough password\n", "user", "add", "-c", was.file, "--email", "ann@shop.example", "--role", "supervisor")
	copied := filepath.Join(was.dir, "copy")
	was.gets("", "backup", "-c", was.file, "--to", copied)
	if _, err := was.types("", "backup", "-c", was.file, "--to", copied); err == nil {
		t.Error("got a file overwritten, want a refusal")
	}
	is := newShell(t)
	is.gets("", "restore", "-c", is.file, "--from", copied)
	is.gets("another long password\n", "user", "passwd", "-c", is.file, "--email", "ann@shop.example")
	if _, err := is.types("", "restore", "-c", is.file, "--from", copied); desk.ReasonOf(err) != "store_not_empty" {
		t.Errorf("got %v, want store_not_empty", err)
	}
	if _, err := is.types("", "restore", "-c", is.file); !errors.Is(err, errUsage) {
		t.Errorf("got %v, want a word about usage", err)
	}
}
