package email

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yingda/desk"
	"yingda/internal/testkit"
)

// UP-E12, UP-E19: mail arrives by IDLE, at once, with the server's time and not the sender's.
func TestMailArrivesByIdle(t *testing.T) {
	t.Parallel()
	server, r := testkit.IMAP(t), newRecord()
	reads(t, r, inboxAt(t, server.Addr, nil), func(d *Deps) { d.Timing = Timing{Idle: time.Hour} })
	r.until(t, "the first poll", func() bool { return len(r.states) == 1 && r.states[0].Up })
	at := time.Now().Truncate(time.Second)
	server.Append(t, "INBOX", letter(1), at)
	r.until(t, "the mail", func() bool { return len(r.got) == 1 })
	in := r.got[0]
	if !in.At.Equal(at) {
		t.Errorf("received at: got %s, want INTERNALDATE %s", in.At, at)
	}
	if in.Message.HeaderDate.Year() != 2018 {
		t.Errorf("header date: got %s, want the sender's 2018 for display", in.Message.HeaderDate)
	}
	if in.History {
		t.Error("history: got true for mail that came after connecting")
	}
	if _, ok := r.blobs[in.Message.Raw]; !ok {
		t.Error("raw bytes are not kept")
	}
}

// UP-E20: the first connection takes history from the date asked, marked as such, and nothing older.
func TestFirstConnectionTakesHistoryFromDate(t *testing.T) {
	t.Parallel()
	server, r := testkit.IMAP(t), newRecord()
	since := time.Now().Add(-10 * 24 * time.Hour).Truncate(time.Second)
	for n, days := range []int{30, 11, 9, 1} {
		server.Append(t, "INBOX", letter(n), time.Now().Add(-time.Duration(days)*24*time.Hour))
	}
	reads(t, r, inboxAt(t, server.Addr, func(s *Settings) { s.Since = &since }), nil)
	r.until(t, "two old mails", func() bool { return r.cursors["inbox-1/INBOX"].UID == 4 })
	got := r.subjects()
	slices.Sort(got)
	if want := []string{"mail 2", "mail 3"}; !slices.Equal(got, want) {
		t.Errorf("taken in: got %q, want %q", got, want)
	}
	for _, in := range r.got {
		if !in.History {
			t.Errorf("%s: got history false, want true", in.Message.Subject)
		}
	}
}

// UP-E1: one bad mail out of many stands in quarantine with its bytes; the others are messages after one cycle.
func TestBadMailDoesNotStopTheMailbox(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	for n := range 100 {
		raw := letter(n)
		if n == 1 {
			raw = []byte("\x00\x01\x02 no mail at all")
		}
		server.add(uint32(n+1), raw, time.Now())
	}
	r.refuse = func(in desk.Inbound) error {
		if in.Message.Subject == "mail 50" {
			panic("a bug of ours")
		}
		return nil
	}
	reads(t, r, inboxAt(t, server.addr, nil), nil)
	r.until(t, "98 messages", func() bool { return len(r.got) == 98 && len(r.quarantine) == 2 })
	bad := r.quarantine["INBOX 1 2"]
	if bad.Raw == "" || !bytes.HasPrefix(r.blobs[bad.Raw], []byte("\x00\x01\x02")) || bad.Cause == "" {
		t.Errorf("quarantine: got %+v, want raw bytes and a cause", bad)
	}
	if other := r.quarantine["INBOX 1 51"]; !strings.Contains(other.Cause, "panic") || other.Subject != "mail 50" {
		t.Errorf("quarantine of the mail our code panicked on: got %+v", other)
	}
}

// UP-E2, UP-E13: a mail whose download never ends is tried three times and quarantined; its neighbours are read.
func TestStallingMailIsDownloadedThreeTimes(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	for n := range 5 {
		server.add(uint32(n+1), letter(n), time.Now())
	}
	server.stall[2] = 100
	server.cut[4] = 2 // comes through at the third
	reads(t, r, inboxAt(t, server.addr, nil), impatient)
	r.until(t, "four messages and one in quarantine", func() bool { return len(r.got) == 4 && len(r.quarantine) == 1 })
	server.mu.Lock()
	defer server.mu.Unlock()
	if got := server.downloads[2]; got != maxAttempts {
		t.Errorf("downloads of the stalling mail: got %d, want %d", got, maxAttempts)
	}
	if got := server.downloads[1]; got != 1 {
		t.Errorf("downloads of its neighbour: got %d, want 1", got)
	}
}

// UP-E2: a store that is down costs no second download.
func TestStoreDownCostsNoDownload(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.add(1, letter(1), time.Now())
	calls := 0
	r.refuse = func(desk.Inbound) error {
		if calls++; calls < 4 {
			return desk.Refuse(desk.Unavailable, "store_down")
		}
		return nil
	}
	reads(t, r, inboxAt(t, server.addr, nil), nil)
	r.until(t, "the mail", func() bool { return len(r.got) == 1 })
	server.mu.Lock()
	defer server.mu.Unlock()
	if server.downloads[1] != 1 {
		t.Errorf("downloads: got %d, want 1", server.downloads[1])
	}
}

// UP-E1, UP-E2: a mail the store chokes on, again and again, is put aside with its bytes after three readings.
func TestMailTheStoreChokesOn(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	for n := range 3 {
		server.add(uint32(n+1), letter(n), time.Now())
	}
	r.refuse = func(in desk.Inbound) error {
		if in.Message.Subject == "mail 1" {
			return errors.New("column too narrow")
		}
		return nil
	}
	reads(t, r, inboxAt(t, server.addr, nil), func(d *Deps) { d.Timing.Insist = time.Nanosecond })
	r.until(t, "two messages and one in quarantine", func() bool { return len(r.got) == 2 && len(r.quarantine) == 1 })
	if u := r.quarantine["INBOX 1 2"]; r.blobs[u.Raw] == nil || !strings.Contains(u.Cause, "column too narrow") {
		t.Errorf("quarantine: got %+v, want the bytes and the cause", u)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if server.downloads[2] != maxAttempts {
		t.Errorf("downloads: got %d, want %d", server.downloads[2], maxAttempts)
	}
}

// UP-E3: another UIDVALIDITY makes us read everything again, and nothing doubles.
func TestNewUIDValidity(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	for n := range 30 {
		server.add(uint32(n+1), letter(n), time.Now())
	}
	reads(t, r, inboxAt(t, server.addr, nil), nil)
	r.until(t, "30 messages", func() bool { return len(r.got) == 30 })
	server.mu.Lock()
	server.validity = 2
	for i := range server.mails {
		server.mails[i].uid = uint32(100 - i) // same mails, other numbers, other order
	}
	slices.Reverse(server.mails)
	server.mails = append(server.mails, hostileMail{200, letter(99), time.Now()})
	server.mu.Unlock()
	server.breakAll()
	r.until(t, "the new mail", func() bool { return len(r.got) == 31 && r.cursors["inbox-1/INBOX"].UID == 200 })
	if r.repeats != 30 {
		t.Errorf("recognised: got %d, want 30", r.repeats)
	}
	if got := r.got[30].Message.Subject; got != "mail 99" {
		t.Errorf("last message: got %q, want mail 99", got)
	}
}

// UP-N1, UP-N2: SELECT is refused until ID, SEARCH lies, flags are forgotten: the mail is complete all the same.
func TestServersThatLie(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.needID, server.junk = true, 1
	for n := range 10 {
		server.add(uint32(n*7+1), letter(n), time.Now())
	}
	reads(t, r, inboxAt(t, server.addr, nil), nil)
	r.until(t, "ten messages", func() bool { return len(r.got) == 10 })
	if n := server.heard("UID SEARCH") + server.heard("SEARCH"); n != 0 {
		t.Errorf("SEARCH commands: got %d, want none", n)
	}
	if n := server.heard("UID STORE"); n != 0 {
		t.Errorf("STORE commands: got %d, want none with after: keep", n)
	}
	server.mu.Lock()
	defer server.mu.Unlock() // the line goes on
	for _, c := range server.commands {
		if strings.Contains(c, "ENVELOPE") || strings.Contains(c, "BODYSTRUCTURE") || strings.Contains(c, "BODY[") {
			t.Errorf("command %q asks for what breaks", c)
		}
	}
}

// UP-E12: IDLE that went deaf is found out by the poll, and the mail comes in.
func TestDeafIdle(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.deaf = true
	m := reads(t, r, inboxAt(t, server.addr, nil), impatient)
	r.until(t, "the first poll", func() bool { return len(r.states) == 1 })
	server.add(1, letter(1), time.Now())
	r.until(t, "the mail", func() bool { return len(r.got) == 1 })
	if m.State().LastGood.IsZero() {
		t.Error("last good: got zero")
	}
}

// UP-E11: the state says what is wrong and since when, once.
func TestStateReports(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.password = "changed"
	reads(t, r, inboxAt(t, server.addr, nil), nil)
	r.until(t, "the refusal", func() bool { return len(r.states) == 1 })
	if s := r.states[0]; s.Up || s.Cause != "login_refused" {
		t.Errorf("state: got %+v, want down with login_refused", s)
	}
	r.mu.Lock()
	r.secrets["pw"] = "changed"
	r.mu.Unlock()
	r.until(t, "recovery", func() bool { return len(r.states) == 2 })
	if s := r.states[1]; !s.Up || s.LastGood.IsZero() {
		t.Errorf("state: got %+v, want up", s)
	}
}

// UP-E14: a mail over the limit becomes a message with header, first words and a marker; only its head is downloaded.
func TestTooLargeMail(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	big := append(letter(1), bytes.Repeat([]byte("padding padding padding\r\n"), 20000)...)
	server.add(1, big, time.Now())
	server.add(2, letter(2), time.Now())
	reads(t, r, inboxAt(t, server.addr, func(s *Settings) { s.MaxMail = 200 << 10 }), nil)
	r.until(t, "both", func() bool { return len(r.got) == 2 })
	in := r.got[0]
	if in.Message.Subject != "mail 1" || !strings.Contains(in.Message.Body.Text, "Where is my order 1?") {
		t.Errorf("large mail: got subject %q", in.Message.Subject)
	}
	want := desk.Attachment{Name: "original.eml", ContentType: "message/rfc822", Size: int64(len(big))}
	if len(in.Message.Attachments) != 1 || in.Message.Attachments[0] != want {
		t.Errorf("marker: got %+v, want %+v", in.Message.Attachments, want)
	}
	if n := len(r.blobs[in.Message.Raw]); n != headBytes {
		t.Errorf("downloaded: got %d bytes, want %d", n, headBytes)
	}
}

// A real Dovecot over TLS and STARTTLS: everything is read, other people's \Seen does not matter (UP-E3).
func TestDovecot(t *testing.T) {
	t.Parallel()
	server := testkit.Dovecot(t, testkit.DovecotOptions{})
	for _, mode := range []TLSMode{TLSOn, TLSStart} {
		r := newRecord()
		addr := server.TLSAddr
		if mode == TLSStart {
			addr = server.Addr
		}
		server.Deliver(t, "ann", letter(1))
		inbox := inboxAt(t, addr, func(s *Settings) {
			s.IMAP.TLS = mode
			s.Since = &time.Time{}
			s.After = AfterSeen
		})
		reads(t, r, inbox, func(d *Deps) {
			d.Network.TLS = server.TLS
			d.Timing = Timing{Idle: 30 * time.Second}
		})
		r.until(t, "the first mail over "+string(mode), func() bool { return len(r.got) >= 1 && len(r.states) > 0 })
		before := len(r.got)
		raw := bytes.ReplaceAll(letter(7), []byte("m7@"), []byte(string(mode)+"@"))
		server.Deliver(t, "ann", raw)
		r.until(t, "the pushed mail over "+string(mode), func() bool { return len(r.got) > before })
	}
}

// The connection test says exactly what is wrong.
func TestCheckNames(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.needID, server.password = true, "secret"
	sink := testkit.SMTPSink(t, testkit.SMTPOptions{User: "ann", Password: "secret"})
	settings := func(edit func(*Settings)) Settings {
		inbox := inboxAt(t, server.addr, func(s *Settings) {
			s.SMTP.Host, s.SMTP.Port = hostPort(t, sink.Addr)
			if edit != nil {
				edit(s)
			}
		})
		s, err := ParseSettings(inbox.Channel)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	last := func(fs []Finding, side string) string {
		out := ""
		for _, f := range fs {
			if f.Side == side {
				out = fmt.Sprintf("%s %s", f.Step, f.Reason)
			}
			if !slices.Contains(Reasons(), f.Reason) {
				t.Errorf("reason %q is not listed", f.Reason)
			}
		}
		return out
	}
	r.secrets["wrong"] = "nope"
	tests := map[string]struct {
		edit       func(*Settings)
		imap, smtp string
	}{
		"all well":              {nil, "mailbox ok", "sender ok"},
		"wrong password":        {func(s *Settings) { s.IMAP.Secret, s.SMTP.Secret = "wrong", "wrong" }, "login login_refused", "auth auth_refused"},
		"wrong password at 163": {func(s *Settings) { s.IMAP.Secret, s.IMAP.Username = "wrong", "kefu@163.com" }, "login login_refused_authcode", "sender ok"},
		"no starttls":           {func(s *Settings) { s.IMAP.TLS, s.SMTP.TLS = TLSStart, TLSStart }, "starttls starttls_missing", "starttls starttls_missing"},
		"unknown host":          {func(s *Settings) { s.IMAP.Host, s.IMAP.TLS = "mail.nowhere.invalid", TLSOn }, "dns dns_unknown_host", "sender ok"},
		"nobody listens":        {func(s *Settings) { s.IMAP.Port, s.SMTP.Port = 1, 1 }, "connect connect_refused", "connect connect_refused"},
		"no secret":             {func(s *Settings) { s.IMAP.Secret = "missing" }, "login secret_missing", "sender ok"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fs := Check(t.Context(), settings(tt.edit), "support@firm.example", Network{}, r)
			if got := last(fs, "imap"); got != tt.imap && (name != "unknown host" || got != "dns dns_failed") {
				t.Errorf("imap: got %q, want %q (%+v)", got, tt.imap, fs)
			}
			if got := last(fs, "smtp"); got != tt.smtp {
				t.Errorf("smtp: got %q, want %q (%+v)", got, tt.smtp, fs)
			}
		})
	}
}

func TestSettingsNameTheField(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*Settings){
		"imap.host":            func(s *Settings) { s.IMAP.Host = "" },
		"imap.port":            func(s *Settings) { s.IMAP.Port = 70000 },
		"smtp.tls":             func(s *Settings) { s.SMTP.Host = "mail.example.com" },
		"imap.secret":          func(s *Settings) { s.IMAP.Secret = "" },
		"imap.auth":            func(s *Settings) { s.IMAP.Auth = AuthNone },
		"poll_s":               func(s *Settings) { s.Poll = 1000 },
		"move_to":              func(s *Settings) { s.After = AfterMove },
		"max_mail_bytes":       func(s *Settings) { s.MaxMail = 1 },
		"mailboxes[0]":         func(s *Settings) { s.Mailboxes = []string{" "} },
		"imap.oauth.token_url": func(s *Settings) { s.IMAP.Auth, s.IMAP.OAuth = AuthXOAUTH2, &OAuth{TokenURL: "http://example.com"} },
	}
	for field, edit := range tests {
		_, err := ParseSettings(inboxAt(t, "127.0.0.1:143", edit).Channel)
		var e *desk.Error
		if !errors.As(err, &e) || e.Params["field"] != field {
			t.Errorf("%s: got %v, want an error that names it", field, err)
		}
	}
	if _, err := ParseSettings([]byte(`{"imap":{"hosst":"x"}}`)); desk.ReasonOf(err) != "inbox_channel_invalid" {
		t.Errorf("unknown field: got %v", err)
	}
}
