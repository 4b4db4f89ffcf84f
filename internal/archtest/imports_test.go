package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is this module's path; rooms are named without it.
const module = "yingda"

// everything stands for "any room", which only cmd may import.
const everything = "*"

// rule says what a room may import: rooms of ours, and modules of others by
// path prefix. The standard library is everybody's.
type rule struct {
	ours   []string
	theirs []string
}

// common is what any room but desk may bring in: metrics beside their owner,
// errgroup for Run, ids.
var common = []string{"github.com/prometheus/client_golang", "golang.org/x/sync", "golang.org/x/time", "github.com/google/uuid"}

// rooms is the table of docs/architecture.md (DESIGN 3.1). A folder that isn't
// listed belongs to the nearest listed one above it, unless it is below the
// root: a new room has to be agreed on, here. Test files may import any room,
// since they run the real thing, but not what banned lists.
var rooms = map[string]rule{
	"desk":     {},
	"channels": {ours: []string{"desk"}},
	"channels/email": {
		ours: []string{"desk", "channels"},
		theirs: []string{
			"github.com/emersion/go-imap/v2", "github.com/emersion/go-message", "github.com/emersion/go-smtp",
			"github.com/emersion/go-msgauth", "github.com/emersion/go-sasl", "github.com/microcosm-cc/bluemonday",
			"golang.org/x/net", "golang.org/x/oauth2", "golang.org/x/text",
		},
	},
	"channels/chat":    {ours: []string{"desk", "channels"}, theirs: []string{"github.com/gorilla/websocket"}},
	"channels/voice":   {ours: []string{"desk", "channels"}, theirs: []string{"github.com/nyaruka/phonenumbers"}},
	"channels/notify":  {ours: []string{"desk", "internal/words"}},
	"channels/webhook": {ours: []string{"desk", "internal/outward"}},
	// miniredis is the embedded default: Redis in this process.
	"router": {ours: []string{"desk"}, theirs: []string{"github.com/redis/go-redis/v9", "github.com/alicebob/miniredis/v2", "github.com/tidwall/btree"}},
	"agents": {ours: []string{"desk"}, theirs: []string{"golang.org/x/crypto"}},
	"sla":    {ours: []string{"desk"}},
	"store": {
		ours: []string{"desk", "agents", "sla"},
		theirs: []string{
			"modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/pressly/goose/v3",
			"golang.org/x/sys", "golang.org/x/text",
		},
	},
	"store/storetest": {ours: []string{"desk", "agents", "sla", "store", "internal/testkit"}, theirs: []string{"github.com/google/go-cmp"}},
	"webui": {
		ours: []string{"desk", "agents", "router", "sla", "internal/outward", "internal/words"},
		theirs: []string{
			"github.com/gin-gonic/gin", "github.com/danielgtaylor/huma/v2", "github.com/gorilla/websocket",
			"github.com/microcosm-cc/bluemonday", "golang.org/x/net",
		},
	},
	"configs": {
		ours:   []string{"desk", "channels", "channels/email", "channels/chat", "channels/voice", "channels/notify", "channels/webhook", "router", "agents", "sla", "store", "webui"},
		theirs: []string{"go.yaml.in/yaml/v3"},
	},
	"cmd":               {ours: []string{everything}, theirs: []string{everything}},
	"internal/archtest": {},
	"internal/bench":    {},
	"internal/outward":  {},
	"internal/words":    {},
	"internal/testkit": {
		ours: []string{"desk", "store"},
		theirs: []string{
			"github.com/emersion/go-imap/v2", "github.com/emersion/go-sasl", "github.com/emersion/go-smtp", "github.com/jackc/pgx/v5",
			"golang.org/x/crypto",
		},
	},
}

// testOnly are rooms that no product package may import.
var testOnly = []string{"internal/testkit", "store/storetest", "internal/archtest", "internal/bench"}

// banned may be imported by nobody, tests included: assertion languages, mocks,
// and what the go.mod of the house keeps out.
var banned = []string{
	"github.com/stretchr/testify", "github.com/onsi/gomega", "go.uber.org/mock", "github.com/golang/mock",
	"github.com/spf13/viper", "gorm.io/gorm", "github.com/jmoiron/sqlx", "github.com/twilio/twilio-go",
}

type pkg struct {
	ImportPath, Dir, Doc               string
	Imports, TestImports, XTestImports []string
	Goroot                             bool
}

// packages lists every package of the module.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Doc,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root(t)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(out); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("read go list's answer: %v", err)
		}
		all = append(all, p)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("go list: %v", err)
	}
	if len(all) == 0 {
		t.Fatal("go list found no package")
	}
	return all
}

// root is the folder of go.mod.
func root(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatalf("go env GOMOD: %v", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out)))
}

// roomOf finds the listed room a package belongs to.
func roomOf(name string) (string, rule, bool) {
	for at := name; at != "."; at = filepath.ToSlash(filepath.Dir(at)) {
		if r, ok := rooms[at]; ok {
			return at, r, true
		}
	}
	return "", rule{}, false
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		room, r, ok := roomOf(name)
		if !ok {
			t.Errorf("%s: not in the table of rooms; agree on it and add it there", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if why := refuses(room, r, imp); why != "" {
				t.Errorf("%s must not import %s: %s", name, imp, why)
			}
		}
		for _, imp := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if under(imp, banned) {
				t.Errorf("%s must not import %s: nobody may", name, imp)
			}
		}
	}
}

// refuses says why room may not import imp, or nothing.
func refuses(room string, r rule, imp string) string {
	ours, isOurs := strings.CutPrefix(imp, module+"/")
	first, _, _ := strings.Cut(imp, "/")
	switch {
	case isOurs:
		target, _, _ := roomOf(ours)
		switch {
		case target == room: // a folder of its own
		case slices.Contains(testOnly, target) && !slices.Contains(testOnly, room):
			return "it is for tests"
		case slices.Contains(r.ours, everything), slices.Contains(r.ours, target):
		default:
			return "rooms import desk, not each other (docs/architecture.md)"
		}
	case !strings.Contains(first, "."): // the standard library
	case slices.Contains(r.theirs, everything), under(imp, r.theirs), room != "desk" && under(imp, common):
	default:
		return "this room doesn't bring that module in (docs/architecture.md)"
	}
	return ""
}

// under reports whether path is one of the modules or inside one.
func under(path string, modules []string) bool {
	return slices.ContainsFunc(modules, func(m string) bool {
		return path == m || strings.HasPrefix(path, m+"/")
	})
}

// TestImportRulesBite proves that the check fails where it should.
func TestImportRulesBite(t *testing.T) {
	t.Parallel()
	cases := []struct {
		room, imp string
		refused   bool
	}{
		{"desk", "fmt", false},
		{"desk", "github.com/redis/go-redis/v9", true},
		{"desk", "golang.org/x/sync/errgroup", true},
		{"desk", "yingda/store", true},
		{"router", "yingda/desk", false},
		{"router", "yingda/sla", true},
		{"router", "github.com/redis/go-redis/v9", false},
		{"store", "github.com/redis/go-redis/v9", true},
		{"store", "yingda/router", true},
		{"channels/email", "yingda/channels/chat", true},
		{"webui", "yingda/store", true},
		{"webui", "yingda/internal/testkit", true},
		{"cmd", "yingda/store", false},
		{"cmd", "yingda/internal/testkit", true},
		{"cmd", "yingda/store/storetest", true},
	}
	for _, c := range cases {
		why := refuses(c.room, rooms[c.room], c.imp)
		if got := why != ""; got != c.refused {
			t.Errorf("%s importing %s: got refused %v (%s), want %v", c.room, c.imp, got, why, c.refused)
		}
	}
	if room, _, ok := roomOf("models"); ok {
		t.Errorf("a room nobody agreed on: got %s, want none", room)
	}
}

func TestEveryPackageIntroducesItself(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment: what does it own, promise, never do?", p.ImportPath)
		}
	}
}
