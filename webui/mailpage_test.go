package webui

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"yingda/desk"
)

// Pictures from elsewhere stay away until the reader asks, then they come through our proxy and nothing else is let through (UP-X2).
func TestPicturesOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	got, err := s.desk.Receive(t.Context(), desk.Inbound{
		Inbox: "help", Medium: desk.Email, External: newID(), At: time.Now(), From: desk.Identity{Kind: desk.ByEmail, Value: "li@customer.test"},
		Message: desk.Message{
			Subject: "Pictures", Body: desk.Body{Text: "see", HTML: `<p>see</p><img data-remote-src="https://tracker.test/p.gif"/>`},
			From: desk.Address{Address: "li@customer.test"},
		},
	})
	if err != nil {
		t.Fatalf("mail: %v", err)
	}
	ann := s.signsIn("ann")
	page := "/conversations/" + string(got.Conversation) + "/messages/" + string(got.Message) + "/html"
	shut, open := ann.do(http.MethodGet, page, ""), ann.do(http.MethodGet, page+"?images=1", "")
	if strings.Contains(shut.body, ` src="https://tracker.test`) || strings.Contains(shut.header.Get("Content-Security-Policy"), "https:") {
		t.Errorf("before asking: got %s under %s, want no address and no permission", shut.body, shut.header.Get("Content-Security-Policy"))
	}
	proxied := ` src="/api/v1/conversations/` + string(got.Conversation) + "/messages/" + string(got.Message) + "/image?"
	if !strings.Contains(open.body, proxied) || strings.Contains(open.body, "data-remote-src") || strings.Contains(open.header.Get("Content-Security-Policy"), "https:") {
		t.Errorf("after asking: got %s, want the picture by our proxy and no permission for more", open.body)
	}
}
