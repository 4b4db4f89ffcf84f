package email

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"yingda/channels"
	"yingda/desk"
	"yingda/internal/testkit"
)

// dns answers TXT from a map.
func dns(records map[string]string) lookupTXT {
	return func(_ context.Context, name string) ([]string, error) {
		if v, ok := records[name]; ok {
			return []string{v}, nil
		}
		return nil, errors.New("no such record")
	}
}

// A signed mail verifies as it arrived at the server, and a changed one does not; a missing key keeps the mail here and
// says so, rather than sending what receivers throw away.
func TestDKIMSigns(t *testing.T) {
	t.Parallel()
	private, record, err := NewDKIMKey()
	if err != nil || !strings.HasPrefix(record, "v=DKIM1; k=rsa; p=") {
		t.Fatalf("key: got %q, %v", record, err)
	}
	if again, err := DKIMRecord(private); err != nil || again != record {
		t.Errorf("record of the kept key: got %q, %v", again, err)
	}
	sink, r := testkit.SMTPSink(t, testkit.SMTPOptions{User: "ann", Password: "secret"}), newRecord()
	s := sender(t, r, sink.Addr, r, func(s *Settings) { s.DKIM = DKIM{Domain: "firm.example", Selector: "yd1"} })
	defer s.Close()
	if _, err := s.Send(t.Context(), answer()); outcome(err) != channels.Later || err.Error() != "dkim_failed: read the signing key: no secret" && !strings.Contains(err.Error(), "dkim") {
		t.Errorf("without a key: got %v, want it to wait and to say why", err)
	}
	r.secrets[DKIMSecret] = private
	if _, err := s.Send(t.Context(), withFiles(t, r)); err != nil {
		t.Fatal(err)
	}
	raw := sink.Mails()[0].Data
	look := dns(map[string]string{"yd1._domainkey.firm.example": record})
	opts := &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) { return look(t.Context(), name) }}
	got, err := dkim.VerifyWithOptions(bytes.NewReader(raw), opts)
	if err != nil || len(got) != 1 || got[0].Err != nil || got[0].Domain != "firm.example" {
		t.Fatalf("verify: got %+v, %v", got, err)
	}
	for name, forged := range map[string][]byte{
		"subject":     bytes.Replace(raw, []byte("Subject: "), []byte("Subject: Fwd: "), 1),
		"second From": append([]byte("From: boss@firm.example\r\n"), raw...),
	} {
		got, err := dkim.VerifyWithOptions(bytes.NewReader(forged), opts)
		if err == nil && len(got) == 1 && got[0].Err == nil {
			t.Errorf("a changed %s still verifies", name)
		}
	}
}

// UP-X5: only our own server's word counts, whoever else writes such a header; without it our own look at the
// signature decides; without either nobody is accused and nobody vouched for.
func TestSenderCheck(t *testing.T) {
	t.Parallel()
	private, record, err := NewDKIMKey()
	if err != nil {
		t.Fatal(err)
	}
	plain := []byte("From: Li <li@mail.bank.example>\r\nTo: us@firm.example\r\nSubject: hello\r\nDate: Sun, 22 Nov 2026 06:30:00 +0000\r\nMessage-ID: <1@bank.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nhello\r\n")
	r := newRecord()
	r.secrets[DKIMSecret] = private
	s := &Sender{settings: Settings{DKIM: DKIM{Domain: "bank.example", Selector: "k"}}, deps: SenderDeps{Secrets: r}}
	good, err := s.sign(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.Replace(good, []byte("\r\nhello\r\n"), []byte("\r\nsend money\r\n"), 1)
	strict := dns(map[string]string{"k._domainkey.bank.example": record, "_dmarc.bank.example": "v=DMARC1; p=reject"})
	lax := dns(map[string]string{"k._domainkey.bank.example": record, "_dmarc.bank.example": "v=DMARC1; p=none"})
	with := func(raw []byte, headers ...string) []byte {
		return append([]byte(strings.Join(headers, "\r\n")+"\r\n"), raw...)
	}
	ours := "Authentication-Results: mx.firm.example; spf=fail smtp.mailfrom=bank.example; dkim=none; dmarc=fail"
	theirs := "Authentication-Results: mx.firm.example.evil; dkim=pass; dmarc=pass"
	for name, tt := range map[string]struct {
		raw   []byte
		check SenderCheck
		dns   lookupTXT
		want  string
	}{
		"our server accuses":                 {with(plain, ours), SenderCheck{AuthservID: "mx.firm.example"}, strict, desk.SenderFailed},
		"our server vouches":                 {with(plain, "Authentication-Results: MX.firm.example 1; dmarc=pass"), SenderCheck{AuthservID: "mx.firm.example"}, strict, desk.SenderVerified},
		"a stranger vouches above":           {with(plain, theirs, ours), SenderCheck{AuthservID: "mx.firm.example"}, strict, desk.SenderFailed},
		"a stranger vouches":                 {with(plain, theirs), SenderCheck{AuthservID: "mx.firm.example"}, strict, ""},
		"a stranger accuses":                 {with(plain, "Authentication-Results: evil; dmarc=fail"), SenderCheck{AuthservID: "mx.firm.example"}, strict, ""},
		"spf alone proves no person":         {with(plain, "Authentication-Results: mx.firm.example; spf=pass; dkim=none"), SenderCheck{AuthservID: "mx.firm.example"}, strict, ""},
		"good signature":                     {good, SenderCheck{DKIM: true}, strict, desk.SenderVerified},
		"changed on the way, strict domain":  {broken, SenderCheck{DKIM: true}, strict, desk.SenderFailed},
		"changed on the way, lax domain":     {broken, SenderCheck{DKIM: true}, lax, ""},
		"unsigned":                           {plain, SenderCheck{DKIM: true}, strict, ""},
		"no DNS":                             {good, SenderCheck{DKIM: true}, dns(nil), ""},
		"signed by somebody else":            {bytes.Replace(good, []byte("li@mail.bank.example"), []byte("li@other.example"), 1), SenderCheck{DKIM: true}, strict, ""},
		"nothing configured, header accuses": {with(plain, "Authentication-Results: any; dmarc=fail"), SenderCheck{}, strict, desk.SenderFailed},
		"nothing configured, header vouches": {with(plain, "Authentication-Results: any; dmarc=pass"), SenderCheck{}, strict, ""},
	} {
		m, err := Parse(tt.raw, Options{})
		if err != nil {
			t.Fatal(err)
		}
		tt.check.prove(t.Context(), tt.raw, &m.Message, tt.dns)
		if m.Message.SenderState != tt.want || m.Message.Unverified != (tt.want == desk.SenderFailed) {
			t.Errorf("%s: got %q (%s), unverified %v; want %q", name, m.Message.SenderState, m.Message.SenderDetail, m.Message.Unverified, tt.want)
		}
	}
}

// UP-X5: a sender is looked at whichever way the mail comes in: alone, among others, or read again by hand.
func TestSendersAreCheckedOnEveryWay(t *testing.T) {
	t.Parallel()
	forged := func(id string) []byte {
		return []byte("Authentication-Results: mx.firm.example; dmarc=fail\r\nFrom: li" + id + "@bank.example\r\nTo: us@firm.example\r\n" +
			"Message-ID: <" + id + "@bank.example>\r\nSubject: hello\r\n\r\nsend money\r\n")
	}
	r := newRecord()
	taker := NewTaker(desk.Inbox{ID: "i"}, Settings{SenderCheck: SenderCheck{AuthservID: "mx.firm.example"}},
		Deps{Intake: r, Blobs: r, Quarantine: r, Now: time.Now})
	at := time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)
	list := []Unreadable{{Inbox: "i", UID: 1, At: at}, {Inbox: "i", UID: 2, At: at}}
	ready := taker.prepare(t.Context(), list, map[uint32][]byte{1: forged("1"), 2: forged("2")})
	if len(ready) != 2 {
		t.Fatalf("prepared: got %d, want 2", len(ready))
	}
	for uid, p := range ready {
		if m := p.mail.Message; m.SenderState != desk.SenderFailed || !m.Unverified {
			t.Errorf("among others, uid %d: got %q, unverified %v; want failed", uid, m.SenderState, m.Unverified)
		}
	}
	if _, err := taker.Retry(t.Context(), forged("3"), Unreadable{Inbox: "i", At: at}); err != nil {
		t.Fatal(err)
	}
	if m := r.got[len(r.got)-1].Message; m.SenderState != desk.SenderFailed {
		t.Errorf("read again: got %q, want failed", m.SenderState)
	}
}
