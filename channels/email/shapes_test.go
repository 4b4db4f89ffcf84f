package email

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestShapes reads mails that we wrote by the shapes of the programs of China and of the world (QQ Mail, NetEase,
// Coremail, Foxmail, Outlook, Apple, Lark, DingTalk, Gmail, lists …), and mails whose words only look like quotes: all
// that their writers wrote is shown, nothing that they quote is (UP-E18).
func TestShapes(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/shapes.json")
	if err != nil {
		t.Fatal(err)
	}
	var shapes []struct {
		Name, Text, HTML string
		Own, Gone, Sig   []string
	}
	if err := json.Unmarshal(b, &shapes); err != nil {
		t.Fatal(err)
	}
	if len(shapes) < 125 {
		t.Errorf("got %d shapes, want all", len(shapes))
	}
	for _, s := range shapes {
		kind, words := "plain", s.Text
		if s.HTML != "" {
			kind, words = "html", s.HTML
		}
		body := parse(t, "From: a@customer.example\nSubject: Re: order\nContent-Type: text/"+kind+"; charset=utf-8\n\n"+words, Options{}).Message.Body
		for _, own := range s.Own {
			if !strings.Contains(normal(body.Text), normal(own)) {
				t.Errorf("%s: got %q, want %q kept; quoted %q, signature %q", s.Name, body.Text, own, body.QuotedText, body.Signature)
			}
		}
		for _, gone := range s.Gone {
			if strings.Contains(normal(body.Text), normal(gone)) {
				t.Errorf("%s: got %q, want %q folded", s.Name, body.Text, gone)
			}
		}
		for _, sig := range s.Sig {
			if !strings.Contains(body.Signature, sig) {
				t.Errorf("%s: got signature %q, want %q in it", s.Name, body.Signature, sig)
			}
		}
	}
}
