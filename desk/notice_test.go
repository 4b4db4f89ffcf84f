package desk_test

import (
	"testing"
	"time"

	"yingda/desk"
)

// TestNoticeHours: hours of a day and over midnight, on the agent's own wall; no hours are all of them.
func TestNoticeHours(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 9, 21, 14, 30, 0, 0, time.UTC) // 22:30 in Shanghai
	for name, c := range map[string]struct {
		w    desk.NoticeWish
		want bool
	}{
		"any hour":            {desk.NoticeWish{}, true},
		"the day, elsewhere":  {desk.NoticeWish{Zone: "Asia/Shanghai", From: "09:00", To: "18:00"}, false},
		"the day, here":       {desk.NoticeWish{Zone: "UTC", From: "09:00", To: "18:00"}, true},
		"the night":           {desk.NoticeWish{Zone: "Asia/Shanghai", From: "22:30", To: "07:00"}, true},
		"the night is over":   {desk.NoticeWish{Zone: "UTC", From: "22:00", To: "14:30"}, false},
		"from and to are one": {desk.NoticeWish{Zone: "UTC", From: "08:00", To: "08:00"}, true},
		"what cannot be read": {desk.NoticeWish{Zone: "Mars/North", From: "08:00", To: "09:00"}, true},
	} {
		if got := c.w.Open(at); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	for field, w := range map[string]desk.NoticeWish{"zone": {Zone: "Mars/North"}, "from": {From: "25:00", To: "08:00"}, "to": {From: "08:00"}} {
		if err := w.Validate(); desk.ReasonOf(err) != "notice_hours_invalid" {
			t.Errorf("%s: got %v, want it refused", field, err)
		}
	}
}
