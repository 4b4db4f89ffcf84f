package testkit

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// SMTPOptions chooses what the sink offers.
type SMTPOptions struct {
	// STARTTLS offers it with a self-signed certificate; see Sink.TLS.
	STARTTLS bool
	// User and Password, when set, must be given (PLAIN) before MAIL is accepted.
	User, Password string
}

// Mail is what the sink accepted, or read without ever saying so.
type Mail struct {
	From string
	To   []string
	Data []byte
	// TLS says whether the mail came over STARTTLS.
	TLS bool
	// Confirmed is false for a mail whose 250 was never sent.
	Confirmed bool
}

// Sink is a real SMTP server that keeps every mail and answers as told.
type Sink struct {
	// Addr is host:port.
	Addr string
	// TLS is what a client needs to verify the server.
	TLS *tls.Config

	opt     SMTPOptions
	arrived chan struct{} // closed and replaced with every mail

	mu       sync.Mutex
	mails    []Mail
	refusals map[string]*smtp.SMTPError
	atMail   *smtp.SMTPError
	atData   *smtp.SMTPError
	drops    int
}

// SMTPSink starts a sink for this test alone.
func SMTPSink(t testing.TB, opt SMTPOptions) *Sink {
	t.Helper()
	cert, err := newCertificate()
	if err != nil {
		t.Fatalf("start the SMTP sink: %v", err)
	}
	s := &Sink{
		TLS: cert.clientConfig(), opt: opt, arrived: make(chan struct{}),
		refusals: map[string]*smtp.SMTPError{},
	}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &sinkSession{sink: s, conn: c, signedIn: opt.User == ""}, nil
	}))
	server.Domain = "localhost"
	server.AllowInsecureAuth = true
	server.EnableSMTPUTF8 = true
	server.ErrorLog = quiet{}
	if opt.STARTTLS {
		server.TLSConfig = cert.serverConfig()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start the SMTP sink: %v", err)
	}
	s.Addr = l.Addr().String()
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) }) // always ends with "closed"
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return s
}

// RefuseRecipient answers RCPT for address with code and text from now on
// (5xx for good, 4xx for later); code 0 accepts it again.
func (s *Sink) RefuseRecipient(address string, code int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals[strings.ToLower(address)] = answer(code, text)
}

// RefuseSender answers every MAIL with code and text; code 0 accepts again.
func (s *Sink) RefuseSender(code int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.atMail = answer(code, text)
}

// RefuseData answers the end of every DATA with code and text; code 0 accepts again.
func (s *Sink) RefuseData(code int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.atData = answer(code, text)
}

// DropAfterData reads the next n mails to their end, keeps them, and breaks the
// connection before any answer: the sender can't know.
func (s *Sink) DropAfterData(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops = n
}

// Mails returns what came so far, oldest first.
func (s *Sink) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Wait returns once n mails came, or ends the test when ctx does.
func (s *Sink) Wait(ctx context.Context, t testing.TB, n int) []Mail {
	t.Helper()
	for {
		s.mu.Lock()
		mails, arrived := slices.Clone(s.mails), s.arrived
		s.mu.Unlock()
		if len(mails) >= n {
			return mails
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			t.Fatalf("got %d mails, want %d: %v", len(mails), n, ctx.Err())
		}
	}
}

func answer(code int, text string) *smtp.SMTPError {
	if code == 0 {
		return nil
	}
	// RFC 3463: the class is the reply code's first digit.
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}
}

// keep records a mail and says whether to break the connection.
func (s *Sink) keep(m Mail) (drop bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drops > 0 {
		s.drops--
		drop = true
	}
	m.Confirmed = !drop
	s.mails = append(s.mails, m)
	close(s.arrived)
	s.arrived = make(chan struct{})
	return drop
}

// sinkSession is one client's conversation with the sink.
type sinkSession struct {
	sink     *Sink
	conn     *smtp.Conn
	signedIn bool
	from     string
	to       []string
}

func (s *sinkSession) Reset()        { s.from, s.to = "", nil }
func (s *sinkSession) Logout() error { return nil }

// AuthMechanisms is empty, so that AUTH isn't offered, where nobody must sign in.
func (s *sinkSession) AuthMechanisms() []string {
	if s.sink.opt.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *sinkSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, name, password string) error {
		if name != s.sink.opt.User || password != s.sink.opt.Password {
			return smtp.ErrAuthFailed
		}
		s.signedIn = true
		return nil
	}), nil
}

func (s *sinkSession) Mail(from string, _ *smtp.MailOptions) error {
	if !s.signedIn {
		return smtp.ErrAuthRequired
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	if s.sink.atMail != nil {
		return s.sink.atMail
	}
	s.from = from
	return nil
}

func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	if refusal := s.sink.refusals[strings.ToLower(to)]; refusal != nil {
		return refusal
	}
	s.to = append(s.to, to)
	return nil
}

func (s *sinkSession) Data(r io.Reader) error {
	var data bytes.Buffer
	if _, err := io.Copy(&data, r); err != nil {
		return fmt.Errorf("read DATA: %w", err)
	}
	s.sink.mu.Lock()
	refusal := s.sink.atData
	s.sink.mu.Unlock()
	if refusal != nil {
		return refusal
	}
	_, secure := s.conn.TLSConnectionState()
	if s.sink.keep(Mail{From: s.from, To: slices.Clone(s.to), Data: data.Bytes(), TLS: secure}) {
		return errors.Join(errDropped, s.conn.Conn().Close())
	}
	return nil
}

var errDropped = errors.New("connection dropped on purpose")
