package email

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
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

// A file that goes along arrives whole, beside the text.
func TestDutyMailWithAFile(t *testing.T) {
	t.Parallel()
	sink, r := testkit.SMTPSink(t, testkit.SMTPOptions{}), newRecord()
	s := sender(t, r, sink.Addr, nil, func(s *Settings) { s.SMTP.Auth = AuthNone })
	sheet := "\ufeffqueue,met\r\n退款,3\r\n"
	m := DutyMail{ID: "r-1", To: "wei@firm.example", Subject: "时限报表", Text: "达成 3\n", Files: []DutyFile{{Name: "promises.csv", Type: "text/csv", Data: []byte(sheet)}}}
	if err := s.SendDuty(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := sink.Mails()
	if len(got) != 1 {
		t.Fatalf("got %d mails, want one", len(got))
	}
	mail, err := netmail.ReadMessage(bytes.NewReader(got[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(mail.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("got %s (%v), want multipart/mixed", kind, err)
	}
	parts := multipart.NewReader(mail.Body, params["boundary"])
	text, err := parts.NextPart()
	if err != nil || !strings.HasPrefix(text.Header.Get("Content-Type"), "text/plain") {
		t.Fatalf("got %v (%v), want the text first", text, err)
	}
	file, err := parts.NextPart()
	if err != nil || file.FileName() != "promises.csv" || !strings.HasPrefix(file.Header.Get("Content-Type"), "text/csv") {
		t.Fatalf("got %v (%v), want the sheet", file, err)
	}
	raw, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, file))
	if err != nil || string(raw) != sheet {
		t.Errorf("got %q (%v), want %q", raw, err, sheet)
	}
}
