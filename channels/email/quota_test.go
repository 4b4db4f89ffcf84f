package email

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"yingda/channels"
	"yingda/desk"
	"yingda/internal/testkit"
)

// UP-N7: what servers say about quotas, in their own words, and what only sounds like it.
func TestQuotaWords(t *testing.T) {
	t.Parallel()
	zone, _ := time.LoadLocation("Asia/Shanghai")
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC) // 11:00 in Shanghai
	midnight := time.Date(2026, 11, 22, 16, 1, 0, 0, time.UTC)
	code := func(a, b, c int) smtp.EnhancedCode { return smtp.EnhancedCode{a, b, c} }
	for _, tt := range []struct {
		name string
		e    smtp.SMTPError
		rank desk.Rank
		want time.Time
	}{
		{"Gmail", smtp.SMTPError{Code: 550, EnhancedCode: code(5, 4, 5), Message: "Daily user sending limit exceeded. For more information on Gmail sending limits go to"}, desk.RankFirst, midnight},
		{"Gmail, an answer", smtp.SMTPError{Code: 550, EnhancedCode: code(5, 4, 5), Message: "Daily user sending limit exceeded."}, desk.RankAnswer, now.Add(time.Hour)},
		{"163, often", smtp.SMTPError{Code: 450, Message: "RP:CEL smtp1,EdGowAB3"}, desk.RankFirst, now.Add(15 * time.Minute)},
		{"163, in Chinese", smtp.SMTPError{Code: 554, Message: "发送邮件数量超过当日限制"}, desk.RankFirst, midnight},
		{"Tencent", smtp.SMTPError{Code: 550, Message: "Domain frequency limited [abc]"}, desk.RankFirst, now.Add(15 * time.Minute)},
		{"Microsoft", smtp.SMTPError{Code: 554, EnhancedCode: code(5, 2, 0), Message: "STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed"}, desk.RankFirst, now.Add(15 * time.Minute)},
		{"per hour", smtp.SMTPError{Code: 452, Message: "you have exceeded the maximum of 200 mails per hour"}, desk.RankFirst, now.Add(time.Hour)},
		{"says when", smtp.SMTPError{Code: 451, EnhancedCode: code(4, 7, 1), Message: "sending rate limit, try again in 20 minutes"}, desk.RankFirst, now.Add(20 * time.Minute)},
		{"their mailbox", smtp.SMTPError{Code: 452, EnhancedCode: code(4, 2, 2), Message: "The recipient's mailbox is over quota, daily limit"}, desk.RankFirst, time.Time{}},
		{"too many recipients", smtp.SMTPError{Code: 452, EnhancedCode: code(4, 5, 3), Message: "Too many recipients per day"}, desk.RankFirst, time.Time{}},
		{"too large", smtp.SMTPError{Code: 552, EnhancedCode: code(5, 3, 4), Message: "message size exceeds limit"}, desk.RankFirst, time.Time{}},
		{"no such user", smtp.SMTPError{Code: 550, EnhancedCode: code(5, 1, 1), Message: "no such user"}, desk.RankFirst, time.Time{}},
		{"greylisted", smtp.SMTPError{Code: 450, EnhancedCode: code(4, 2, 0), Message: "Greylisted, come back in 300 seconds"}, desk.RankFirst, time.Time{}},
	} {
		got := quotaOf(&tt.e, tt.rank, now, zone)
		switch {
		case got == nil && !tt.want.IsZero():
			t.Errorf("%s: got no quota, want one until %s", tt.name, tt.want)
		case got != nil && !got.Until.Equal(tt.want):
			t.Errorf("%s: got until %s, want %s", tt.name, got.Until, tt.want)
		}
	}
}

func TestGoneAddresses(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]bool{"no such user here": true, "Mailbox not found": true, "用户不存在": true, "relay denied": false, "spam": false} {
		if got := gone(&smtp.SMTPError{Code: 550, Message: words}); got != want {
			t.Errorf("%s: got %v, want %v", words, got, want)
		}
	}
	if gone(&smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 1, 1}, Message: "no such user yet"}) {
		t.Error("a 450 is not for ever")
	}
}

// A quota at the end of DATA and at RCPT comes back as one.
func TestSendMeetsAQuota(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]func(*testkit.Sink){
		"at the end": func(s *testkit.Sink) { s.RefuseData(550, "daily sending limit reached") },
		"at the recipient": func(s *testkit.Sink) {
			s.RefuseRecipient("lilei@customer.example", 450, "RP:CEL too many mails per hour")
		},
		"at the sender": func(s *testkit.Sink) { s.RefuseSender(451, "sending rate limit exceeded") },
	} {
		sink, r := testkit.SMTPSink(t, testkit.SMTPOptions{User: "ann", Password: "secret"}), newRecord()
		server(sink)
		_, err := sender(t, r, sink.Addr, r, nil).Send(t.Context(), answer())
		if got := outcome(err); got != channels.Quota {
			t.Errorf("%s: got %v (%v), want a quota", name, got, err)
		}
	}
}

// counted counts connections on their way to a server.
func counted(t *testing.T, to string) (addr string, connections *atomic.Int32, cut func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := new(atomic.Int32)
	var cutters atomic.Pointer[func()]
	none := func() {}
	cutters.Store(&none)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			n.Add(1)
			stop := func() { _, _ = in.Close(), out.Close() }
			cutters.Store(&stop)
			go func() { _, _ = copyAll(out, in) }()
			go func() { _, _ = copyAll(in, out) }()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); (*cutters.Load())() })
	return l.Addr().String(), n, func() { (*cutters.Load())() }
}

func copyAll(dst, src net.Conn) (int64, error) {
	defer func() { _, _ = dst.Close(), src.Close() }()
	buf := make([]byte, 4096)
	var sum int64
	for {
		k, err := src.Read(buf)
		if k > 0 {
			if _, werr := dst.Write(buf[:k]); werr != nil {
				return sum, werr
			}
			sum += int64(k)
		}
		if err != nil {
			return sum, err
		}
	}
}

// One connection carries several mails, also after a refusal; one that died meanwhile costs no mail and doubles none
// (UP-E9).
func TestSendReusesItsConnection(t *testing.T) {
	t.Parallel()
	sink, r := testkit.SMTPSink(t, testkit.SMTPOptions{User: "ann", Password: "secret"}), newRecord()
	addr, dials, cut := counted(t, sink.Addr)
	s := sender(t, r, addr, r, nil)
	defer s.Close()
	ctx, done := context.WithCancel(t.Context())
	for range 3 {
		if _, err := s.Send(ctx, answer()); err != nil {
			t.Fatalf("send: %v", err)
		}
	}
	done() // the end of a send's context must not end the connection the next one uses
	sink.RefuseData(554, "spam")
	if _, err := s.Send(t.Context(), answer()); outcome(err) != channels.Refused {
		t.Fatalf("refused: got %v", err)
	}
	sink.RefuseData(0, "")
	if _, err := s.Send(t.Context(), answer()); err != nil {
		t.Fatalf("after a refusal: %v", err)
	}
	if n := dials.Load(); n != 1 {
		t.Errorf("connections for four mails and a refusal: got %d, want 1", n)
	}
	cut()
	if _, err := s.Send(t.Context(), answer()); err != nil {
		t.Fatalf("after the line was cut: %v", err)
	}
	if n, mails := dials.Load(), len(sink.Mails()); n != 2 || mails != 5 {
		t.Errorf("after the cut: got %d connections and %d mails, want 2 and 5", n, mails)
	}
}

// A recipient that does not exist is told of, so that nobody writes there again (UP-E10).
func TestSendTellsOfGoneRecipients(t *testing.T) {
	t.Parallel()
	sink, r := testkit.SMTPSink(t, testkit.SMTPOptions{User: "ann", Password: "secret"}), newRecord()
	sink.RefuseRecipient("hmm@customer.example", 550, "no such user")
	s := sender(t, r, sink.Addr, r, nil)
	defer s.Close()
	var told []string
	s.deps.Gone = func(_ context.Context, _ desk.MessageID, address, words string) {
		told = append(told, address+" "+words)
	}
	if _, err := s.Send(t.Context(), answer()); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0] != "hmm@customer.example 550 5.1.1 no such user" {
		t.Errorf("got %q, want hmm's address and the server's words", told)
	}
}
