package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var blind = cmpopts.IgnoreUnexported(yaml.Node{})

func TestExamplesLoad(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) != 3 {
		t.Fatalf("got the examples %v (%v), want three", files, err)
	}
	for _, f := range files {
		if _, err := Load(f, nil); err != nil {
			t.Errorf("%v", err)
		}
	}
}

// The laptop's example says what is so without it.
func TestLaptopIsTheDefault(t *testing.T) {
	t.Parallel()
	got, err := Load("laptop.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), got, cmpopts.IgnoreFields(Config{}, "Store.Now"), blind); diff != "" {
		t.Errorf("laptop.yaml differs from the defaults (-default +laptop):\n%s", diff)
	}
}

func TestClusterExample(t *testing.T) {
	t.Parallel()
	cfg, err := Load("cluster.yaml", []string{"YINGDA_STORE__KEY=0123456789abcdef", "YINGDA_REDIS__ADDRESSES=a:1, b:2,c:3"})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Redis.Embedded() || !cfg.Redis.Cluster() || !cfg.Web.SecureCookies || cfg.Store.Readers != 8 {
		t.Errorf("got %+v", cfg)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		yaml string
		env  []string
		want []string // in the error, FILE standing for the file's path
	}{
		"unknown key":        {yaml: "listen: 127.0.0.1:1\nlisen: x\n", want: []string{"FILE:2: lisen: unknown key", "allowed here: ", "listen"}},
		"unknown inner key":  {yaml: "store:\n  urll: x\n", want: []string{"FILE:2: store.urll: unknown key; allowed here: key, key_file, node, readers, url"}},
		"two at once":        {yaml: "a: 1\nb: 2\n", want: []string{"FILE:1: a:", "FILE:2: b:"}},
		"section as text":    {yaml: "log: loud\n", want: []string{"FILE:1: log: want keys and values"}},
		"list as text":       {yaml: "redis:\n  addresses: a:1\n", want: []string{"FILE:2: redis.addresses: want a list"}},
		"number as text":     {yaml: "store:\n  readers: many\n", want: []string{`FILE:2: store.readers: "many"; want a whole number`}},
		"truth as text":      {yaml: "redis:\n  tls: perhaps\n", want: []string{"FILE:2: redis.tls:", "want true or false"}},
		"no duration":        {yaml: "drain: 20\n", want: []string{`FILE:1: drain: "20" is no duration; want for example 90s`}},
		"list for a value":   {yaml: "listen: [a]\n", want: []string{"FILE:1: listen: want a text"}},
		"out of range":       {yaml: "store:\n  readers: 0\n", want: []string{"FILE:2: store.readers: 0: want 1 to 100"}},
		"bad listen":         {yaml: "\nlisten: nowhere\n", want: []string{`FILE:2: listen: "nowhere": want host:port`}},
		"bad public url":     {yaml: "public_url: desk.example.com\n", want: []string{"FILE:1: public_url:", "want http:// or https://"}},
		"room's own":         {yaml: "agents:\n  grace: 1s\n", want: []string{"FILE:2: agents.grace: must be at least 5s"}},
		"room's own, sla":    {yaml: "sla:\n  every: 1ms\n", want: []string{"FILE:2: sla.every:"}},
		"room's own, router": {yaml: "router:\n  misses: 0\n", want: []string{"FILE:2: router.misses: must be 1 or more"}},
		"room's own, chat":   {yaml: "chat:\n  sockets_per_visitor: 0\n", want: []string{"FILE:2: chat.sockets_per_visitor: 0: want 1 or more"}},
		"room's own, web":    {yaml: "web:\n  max_body_bytes: 1\n", want: []string{"FILE:2: web.max_body_bytes: must be from 1 KiB"}},
		"several rooms":      {yaml: "drain: 1h\nlog: {level: loud}\n", want: []string{"FILE:1: drain: 1h0m0s", "FILE:2: log.level:"}},
		"broken yaml":        {yaml: "listen: [\n", want: []string{"FILE:"}},
		"tab":                {yaml: "log:\n\tlevel: info\n", want: []string{"FILE:2: "}},
		"key twice":          {yaml: "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n", want: []string{"FILE:2: ", "listen"}},
		"two documents":      {yaml: "drain: 1s\n---\ndrain: 2s\n", want: []string{"FILE:2: a second document"}},
		"not keys":           {yaml: "- a\n", want: []string{"FILE:1: ", "want keys and values"}},
		"unknown variable":   {env: []string{"YINGDA_STORE__DSN=x"}, want: []string{"YINGDA_STORE__DSN: store.dsn: unknown key", "url"}},
		"too deep variable":  {env: []string{"YINGDA_LISTEN__PORT=1"}, want: []string{"YINGDA_LISTEN__PORT: listen: want a text"}},
		"bad variable":       {env: []string{"YINGDA_STORE__READERS=many"}, want: []string{`YINGDA_STORE__READERS: store.readers: "many"; want a whole number`}},
		"range by variable":  {yaml: "store: {readers: 5}\n", env: []string{"YINGDA_STORE__READERS=999"}, want: []string{"YINGDA_STORE__READERS: store.readers: 999: want 1 to 100"}},
		"short key":          {env: []string{"YINGDA_STORE__KEY=short"}, want: []string{"YINGDA_STORE__KEY: store.key: want 16"}},
		"no key file":        {yaml: "store:\n  key_file: /nowhere/key\n", want: []string{"FILE:2: store.key_file:", "/nowhere/key"}},
		"redis address":      {yaml: "redis:\n  addresses:\n  - a:1\n  - b\n", want: []string{`FILE:4: redis.addresses[1]: "b": want host:port`}},
		"master alone":       {yaml: "redis: {master: m}\n", want: []string{"FILE:1: redis.master: needs redis.addresses"}},
		"database, cluster":  {yaml: "redis: {addresses: ['a:1', 'b:2'], database: 3}\n", want: []string{"redis.database: 3: want 0 in a cluster"}},
		"seed kind":          {yaml: "seed:\n- {kind: shop, id: a, doc: {}}\n", want: []string{`FILE:2: seed[0].kind: "shop": want one of [agent calendar`}},
		"seed id":            {yaml: "seed:\n- {kind: tag, id: A B, doc: {}}\n", want: []string{`FILE:2: seed[0].id: "A B"`}},
		"seed twice":         {yaml: "seed:\n- {kind: tag, id: a, doc: {}}\n- {kind: tag, id: a, doc: {}}\n", want: []string{"FILE:3: seed[1].id: tag a is there twice"}},
		"seed without doc":   {yaml: "seed:\n- {kind: tag, id: a}\n", want: []string{"FILE:2: seed[0].doc: is missing"}},
		"seed field":         {yaml: "seed:\n- kind: queue\n  id: a\n  doc: {nam: x}\n", want: []string{`FILE:4: seed[0].doc: unknown field "nam"`}},
		"seed type":          {yaml: "seed:\n- kind: queue\n  id: a\n  doc: {ring_s: soon}\n", want: []string{"FILE:4: seed[0].doc: cannot unmarshal string"}},
		"seed channel":       {yaml: "seed:\n- kind: inbox\n  id: a\n  doc: {medium: email, enabled: true, channel: {imap: {}}}\n", want: []string{"FILE:4: seed[0].doc: inbox_channel_invalid", "imap.host"}},
		"seed secret":        {yaml: "seed:\n- {kind: tag, id: a, doc: {}, secret_files: {x: y}}\n", want: []string{"FILE:2: seed[0].secret_files: only an inbox"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, "y.yaml", c.yaml)
			cfg, err := Load(file, c.env)
			if err == nil {
				t.Fatalf("got %+v, want a refusal", cfg)
			}
			if diff := cmp.Diff(Config{}, cfg, blind); diff != "" {
				t.Errorf("something was half read:\n%s", diff)
			}
			for _, want := range c.want {
				if want = strings.ReplaceAll(want, "FILE", file); !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
		})
	}
}

func TestEnvironmentWins(t *testing.T) {
	t.Parallel()
	file := write(t, "y.yaml", "listen: 127.0.0.1:1\nstore: {readers: 2, url: 'sqlite:a/b.db'}\ndrain: 1s\n")
	cfg, err := Load(file, []string{
		"PATH=/bin", "YINGDA_NOW_OFFSET=24h", "YINGDA_LISTEN=127.0.0.1:2", "YINGDA_STORE__READERS=9", "YINGDA_DRAIN=5s",
		"YINGDA_STORE__KEY=12345678901234567890", "YINGDA_REDIS__PASSWORD=[not: a, list", "YINGDA_REDIS__TLS=true",
		"YINGDA_WEB__ORIGINS=https://a.example,https://b.example", `YINGDA_REDIS__ADDRESSES=["h:1"]`, "YINGDA_LOG={level: debug}",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Listen, want.Drain, want.Log.Level = "127.0.0.1:2", 5*time.Second, "debug"
	want.Store.Readers, want.Store.URL, want.Store.Key = 9, "sqlite:a/b.db", "12345678901234567890"
	want.Redis = Redis{Password: "[not: a, list", TLS: true, Addresses: []string{"h:1"}}
	want.Web.Origins = []string{"https://a.example", "https://b.example"}
	if diff := cmp.Diff(want, cfg, blind); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	key := write(t, "key", "sixteen letters!\n")
	cfg, err := Load(write(t, "y.yaml", "store: {key_file: '"+key+"'}\n"), nil)
	if err != nil || cfg.Store.Key != "sixteen letters!" {
		t.Errorf("got %q, %v; want the file's first line", cfg.Store.Key, err)
	}
	cfg, err = Load("", []string{"YINGDA_STORE__KEY_FILE=" + key, "YINGDA_STORE__KEY=the given key wins"})
	if err != nil || cfg.Store.Key != "the given key wins" {
		t.Errorf("got %q, %v; want the key that was given", cfg.Store.Key, err)
	}
	for _, text := range []string{"", "\n", "short"} {
		if _, err := Load("", []string{"YINGDA_STORE__KEY_FILE=" + write(t, "key", text)}); err == nil || !strings.HasPrefix(err.Error(), "YINGDA_STORE__KEY_FILE: store.key_file") {
			t.Errorf("key %q: got %v, want a refusal that names the variable", text, err)
		}
	}
}

func TestEmptyFilesChangeNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# only words\n", "---\n", "store:\nredis:\n", "listen:\n"} {
		cfg, err := Load(write(t, "y.yaml", text), nil)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(Default(), cfg, blind); diff != "" {
			t.Errorf("%q: -default +got:\n%s", text, diff)
		}
	}
}

// Whatever is in the file, reading ends in a valid configuration or in an error that names the file.
func FuzzFile(f *testing.F) {
	for _, name := range []string{"laptop.yaml", "cluster.yaml", "mailboxes.yaml"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("seed:\n- {kind: tag, id: a, doc: &d {name: *d}}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l := loader{cfg: Default(), places: map[string]string{}}
		if err := l.file("fuzz.yaml", raw); err != nil {
			if !strings.Contains(err.Error(), "fuzz.yaml") {
				t.Errorf("%q: got %q, which names no file", raw, err)
			}
			return
		}
		if err := l.cfg.Validate(); err != nil {
			_ = l.placed(err)
		}
	})
}
