package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// Row is one line of the table.
type Row struct {
	Name string  `json:"name"`
	Unit string  `json:"unit"` // of Ours and Floor: ms, /s, MB…
	Ours float64 `json:"ours"`
	// Floor is what the bare parts do in the same run; 0: there is none, the aim is absolute.
	Floor float64 `json:"floor,omitempty"`
	// FloorIs says what the bare parts are.
	FloorIs string `json:"floor_is,omitempty"`
	// AtMost and AtLeast bound Ours/Floor, or Ours where there is no floor. Both 0: the row informs.
	AtMost  float64 `json:"at_most,omitempty"`
	AtLeast float64 `json:"at_least,omitempty"`
}

// Ratio is Ours in floors, or Ours itself where there is none.
func (r Row) Ratio() float64 {
	if r.Floor == 0 {
		return r.Ours
	}
	return r.Ours / r.Floor
}

// Met says whether the aim was reached; a row without an aim always is.
func (r Row) Met() bool {
	got := r.Ratio()
	return (r.AtMost == 0 || got <= r.AtMost) && (r.AtLeast == 0 || got >= r.AtLeast)
}

// Informs reports that the row has no aim.
func (r Row) Informs() bool { return r.AtMost == 0 && r.AtLeast == 0 }

// fileVariable names the file that rows are gathered in, one JSON object a line.
const fileVariable = "YINGDA_BENCH_ROWS"

// Report prints the row, and adds it to the table of `make bench` where that asked for it.
func (r Row) Report(b *testing.B) {
	b.Helper()
	b.Logf("%s: %.4g %s, floor %.4g (%s), %.3g", r.Name, r.Ours, r.Unit, r.Floor, r.FloorIs, r.Ratio())
	path := os.Getenv(fileVariable)
	if path == "" {
		return
	}
	raw, err := json.Marshal(r)
	if err != nil {
		b.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // where the operator of the bench says
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "%s\n", raw); err != nil {
		b.Fatal(err)
	}
}

// Full says that the long sizes were asked for (YINGDA_BENCH_FULL=1).
func Full() bool { return os.Getenv("YINGDA_BENCH_FULL") == "1" }
