package email

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"yingda/desk"
)

// TestNotices reads what mail systems of the world send about mails of ours, written by us in their forms, and mails of
// people that sound like them: the kind, and for a failure the recipient, the code, whether the address is dead, whether
// it will be tried again, and which mail it was (UP-E7, UP-E10).
func TestNotices(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/notices.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Name, Raw, Recipient, Status, Action, Original string

		Kind desk.Auto
		Dead *bool
	}
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		m, err := Parse([]byte(n.Raw), Options{Inbox: "i", Own: []string{"help@firm.example"}})
		if err != nil {
			t.Errorf("%s: %v", n.Name, err)
			continue
		}
		if m.Message.Auto != n.Kind {
			t.Errorf("%s: got kind %q, want %q", n.Name, m.Message.Auto, n.Kind)
		}
		if n.Kind != desk.Bounce {
			continue
		}
		var got desk.BounceOf
		for _, b := range m.Bounces {
			if strings.EqualFold(b.Recipient, n.Recipient) {
				got = b
			}
		}
		if got.Recipient == "" {
			t.Errorf("%s: got %+v, want %s among them", n.Name, m.Bounces, n.Recipient)
			continue
		}
		if n.Status != "" && got.Status != n.Status || n.Dead != nil && got.Permanent != *n.Dead || n.Action != "" && got.Action != n.Action || n.Original != "" && got.RFCMessageID != n.Original {
			t.Errorf("%s: got %+v, want status %q, action %q, original %q, dead %v", n.Name, got, n.Status, n.Action, n.Original, n.Dead != nil && *n.Dead)
		}
	}
}
