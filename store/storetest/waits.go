package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/store"
)

// What was told to whoever waits is kept as it was, and read by the moment the wait began.
func testWaits(t *testing.T, db *store.DB) {
	wait := func(c string, after time.Duration) desk.WaitForecast {
		return desk.WaitForecast{
			Conversation: desk.ConversationID(c), Queue: "sales", Medium: desk.Chat, At: day.Add(after), Position: 3,
			Low: time.Minute, High: 4 * time.Minute, Shown: true, Took: 90 * time.Second, Taken: true,
		}
	}
	left := wait("w2", time.Minute)
	left.Shown, left.Taken = false, false
	for range 2 { // a second time changes nothing
		if err := db.SaveWaits(t.Context(), []desk.WaitForecast{wait("w1", 0), left, wait("w3", time.Hour)}); err != nil {
			t.Fatalf("save: %v", err)
		}
	}
	changed := wait("w1", 0)
	changed.Took = time.Hour
	if err := db.SaveWaits(t.Context(), []desk.WaitForecast{changed}); err != nil {
		t.Fatalf("save again: %v", err)
	}
	var got []desk.WaitForecast
	if err := db.Waits(t.Context(), day, day.Add(time.Hour), func(f desk.WaitForecast) { got = append(got, f) }); err != nil {
		t.Fatalf("read: %v", err)
	}
	if diff := cmp.Diff([]desk.WaitForecast{wait("w1", 0), left}, got); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}
