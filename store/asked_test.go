package store_test

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"yingda/desk"
	"yingda/store/storetest"
)

// What an earlier version wrote down as asked for stands in its place in the list after the migration, to the
// millisecond; a wish whose moment was not kept stands first.
func TestMigratedWishesKeepTheirMoment(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, day, func(t *testing.T, r *storetest.Rig) {
		asked := []time.Time{day.Add(1999 * time.Millisecond), day.Add(-time.Hour), {}}
		for i, at := range asked {
			id := desk.ConversationID(string(rune('a' + i)))
			k := desk.Clock{Conversation: id, Target: desk.Resolution, N: 1, StartedAt: day, DueAt: day, Waiver: desk.Waiver{State: desk.WaiverAwaits, Reason: "a “power” cut\n停电", At: at}}
			r.Update(func(tx desk.Tx) error {
				return tx.SaveConversation(desk.Conversation{ID: id, Medium: desk.Email, Status: desk.Open, CreatedAt: day}, []desk.Clock{k}, "")
			})
		}
		engine, driver, url := "postgres", "pgx", r.URL
		if path, ok := strings.CutPrefix(r.URL, "sqlite:"); ok {
			engine, driver, url = "sqlite", "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
		}
		raw, err := os.ReadFile("migrations/" + engine + "/0017_asked.sql")
		if err != nil {
			t.Fatal(err)
		}
		_, fill, _ := strings.Cut(string(raw), "DEFAULT 0;\n")
		fill, _, _ = strings.Cut(fill, ";\n")
		h, err := sql.Open(driver, url)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		for _, text := range []string{"UPDATE clocks SET waiver_asked = 0", fill} {
			if _, err := h.ExecContext(context.Background(), text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		got, err := r.DB.WaiversAsked(t.Context(), desk.ClockPlace{}, 10)
		if err != nil || len(got) != 3 || got[0].Conversation != "c" || got[1].Conversation != "b" || got[2].Conversation != "a" {
			t.Fatalf("after the migration: got %v, %v, want c, b, a", got, err)
		}
		if rest, err := r.DB.WaiversAsked(t.Context(), got[2].Place(), 10); err != nil || len(rest) > 0 {
			t.Errorf("after the last: got %v, %v, want none", rest, err)
		}
		if rest, err := r.DB.WaiversAsked(t.Context(), got[1].Place(), 10); err != nil || len(rest) != 1 {
			t.Errorf("after the one before: got %v, %v, want one", rest, err)
		}
	})
}
