package email

import (
	"bytes"
	"strings"
	"testing"

	"yingda/internal/testkit"
)

// TestDutyMail: a mail to somebody of ours leaves by the inbox's server, says that a machine wrote it, and nothing in it
// becomes a header.
func TestDutyMail(t *testing.T) {
	t.Parallel()
	sink, r := testkit.SMTPSink(t, testkit.SMTPOptions{}), newRecord()
	s := sender(t, r, sink.Addr, nil, func(s *Settings) { s.SMTP.Auth = AuthNone })
	m := DutyMail{ID: "batch-1", To: "wei@firm.example", Subject: "首次响应已超时\r\nBcc: x@evil.test", Text: "#1042\n首次响应已超时\n"}
	if err := s.SendDuty(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := sink.Mails()
	if len(got) != 1 || len(got[0].To) != 1 || got[0].To[0] != "wei@firm.example" {
		t.Fatalf("got %+v, want one mail to wei", got)
	}
	head, _, _ := bytes.Cut(got[0].Data, []byte("\r\n\r\n"))
	for _, want := range []string{"Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "Message-ID: <batch-1@", "To: wei@firm.example"} {
		if !strings.Contains(string(head), want) {
			t.Errorf("header: got\n%s\nwant %s in it", head, want)
		}
	}
	if strings.Contains(string(head), "\nBcc:") {
		t.Errorf("header: got\n%s\nwant no line of the subject's making", head)
	}
}
