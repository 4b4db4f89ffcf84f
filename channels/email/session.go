package email

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Timing bounds what a server may take. Zero values mean the defaults.
type Timing struct {
	Command  time.Duration // one command without a literal; 30 s
	Download time.Duration // the first 5 MB of a mail; more in proportion; 2 min
	Parse    time.Duration // reading one mail; 30 s
	Idle     time.Duration // longest IDLE; the poll of the settings, which is at most 8 min
	Insist   time.Duration // how long a store that is away is asked again before the mail is put down; 2 min
	Retry    time.Duration // first wait after a lost connection; 2 s
	RetryMax time.Duration // longest; 60 s, so that mail is at most 3 minutes late (UP-E12)
}

func (t *Timing) fill(poll time.Duration) {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&t.Command, 30*time.Second)
	set(&t.Download, 2*time.Minute)
	set(&t.Parse, 30*time.Second)
	set(&t.Idle, poll)
	set(&t.Insist, 2*time.Minute)
	set(&t.Retry, 2*time.Second)
	set(&t.RetryMax, time.Minute)
}

// errTimeout is a command that did not end in its time. The connection is gone with it.
var errTimeout = errors.New("no answer in time")

// session is one signed-in connection. go-imap's commands take no context and its reads may wait for ever, so that
// every command runs under a watchdog that cuts the line (UP-E12, E13).
type session struct {
	conn     net.Conn
	client   *imapclient.Client
	timing   Timing
	validity uint32
	next     uint32        // UIDNEXT when the mailbox was opened; 0: not told
	pushed   chan struct{} // the server said that something is new
	late     atomic.Bool
	release  func() bool
}

// do runs f, and cuts the line when it takes longer than d.
func (s *session) do(what string, d time.Duration, f func() error) error {
	t := time.AfterFunc(d, func() {
		s.late.Store(true)
		_ = s.conn.Close() // wakes whoever waits on it; there is nobody to tell
	})
	err := f()
	if !t.Stop() && s.late.Load() {
		return fmt.Errorf("%s: %w", what, errTimeout)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (s *session) close() {
	s.release()
	_ = s.conn.Close()
	_ = s.client.Close() // waits for the reading goroutine; the line is closed already
}

// step names a stage of connecting, for reports and for the connection test.
type step string

const (
	stepDial     step = "connect"
	stepStartTLS step = "starttls"
	stepLogin    step = "login"
	stepSelect   step = "select"
)

// stepError is a failure with its stage.
type stepError struct {
	step step
	err  error
}

func (e *stepError) Error() string { return string(e.step) + ": " + e.err.Error() }
func (e *stepError) Unwrap() error { return e.err }

// connect dials and signs in. ctx ends the connection, not only the dialling.
func connect(ctx context.Context, n Network, s Server, secret string, timing Timing) (*session, error) {
	conn, err := n.dial(ctx, s)
	if err != nil {
		return nil, &stepError{stepDial, err}
	}
	ses := &session{conn: conn, timing: timing, pushed: make(chan struct{}, 1)}
	ses.release = context.AfterFunc(ctx, func() { _ = conn.Close() })
	options := &imapclient.Options{TLSConfig: n.config(s.Host), UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		// Runs in the reading goroutine: never a command here.
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				ses.wake()
			}
		},
	}}
	if s.TLS == TLSStart {
		err = ses.do("starttls", timing.Command, func() (err error) {
			ses.client, err = imapclient.NewStartTLS(conn, options)
			return err
		})
		if err != nil {
			ses.release()
			_ = conn.Close()
			return nil, &stepError{stepStartTLS, err}
		}
	} else {
		ses.client = imapclient.New(conn, options)
	}
	if err := ses.signIn(s, secret); err != nil {
		ses.close()
		return nil, err
	}
	return ses, nil
}

func (s *session) signIn(server Server, secret string) error {
	if err := s.do("greeting", s.timing.Command, s.client.WaitGreeting); err != nil {
		return &stepError{stepDial, err}
	}
	err := s.do("login", s.timing.Command, func() error {
		if server.Auth == AuthXOAUTH2 {
			return s.client.Authenticate(xoauth2{user: server.Username, token: secret})
		}
		return s.client.Login(server.Username, secret).Wait()
	})
	if err != nil {
		return &stepError{stepLogin, err}
	}
	// NetEase refuses SELECT as "Unsafe Login" until the client has named itself (UP-N1). A server that does not know
	// ID answers BAD, which is no reason to stop.
	err = s.do("id", s.timing.Command, func() error {
		_, err := s.client.ID(&imap.IDData{Name: "yingda", Version: "1.0", Vendor: "yingda"}).Wait()
		var answer *imap.Error
		if errors.As(err, &answer) {
			return nil
		}
		return err
	})
	if err != nil {
		return &stepError{stepLogin, err}
	}
	return nil
}

// open selects a mailbox; read-only unless something is to be changed there.
func (s *session) open(mailbox string, readOnly bool) error {
	err := s.do("select "+mailbox, s.timing.Command, func() error {
		d, err := s.client.Select(mailbox, &imap.SelectOptions{ReadOnly: readOnly}).Wait()
		if err == nil {
			s.validity, s.next = d.UIDValidity, uint32(d.UIDNext)
		}
		return err
	})
	if err != nil {
		return &stepError{stepSelect, err}
	}
	return nil
}

// wake makes wait return.
func (s *session) wake() {
	select {
	case s.pushed <- struct{}{}:
	default:
	}
}

// wait idles until something is new, d passed or ctx ended; quiet says that nothing was. Without IDLE it only waits. It
// ends with a command that proves that the line is alive.
func (s *session) wait(ctx context.Context, d time.Duration) (quiet bool, err error) {
	t := time.NewTimer(d)
	defer t.Stop()
	var idle *imapclient.IdleCommand
	if s.client.Caps().Has(imap.CapIdle) {
		err := s.do("idle", s.timing.Command, func() (err error) {
			idle, err = s.client.Idle()
			return err
		})
		if err != nil {
			return false, err
		}
	}
	select {
	case <-ctx.Done():
	case <-t.C:
		quiet = true
	case <-s.pushed:
	case <-s.client.Closed():
	}
	if idle != nil {
		err := s.do("end idle", s.timing.Command, func() error {
			if err := idle.Close(); err != nil {
				return err
			}
			return idle.Wait()
		})
		if err != nil {
			return false, err
		}
	}
	return quiet, s.do("noop", s.timing.Command, func() error { return s.client.Noop().Wait() })
}

// cause is the stable word for what is wrong, for the board; details are in the log.
func cause(err error) string {
	var st *stepError
	text := strings.ToLower(err.Error())
	switch {
	case errors.Is(err, ErrNoToken):
		return "token_refused"
	case errors.Is(err, errTimeout), isTimeout(err):
		return "timeout"
	case errors.As(err, &st) && st.step == stepLogin:
		return "login_refused"
	case errors.As(err, &st) && st.step == stepSelect && strings.Contains(text, "unsafe login"):
		return "unsafe_login"
	case errors.As(err, &st) && st.step == stepSelect:
		return "mailbox_refused"
	case strings.Contains(text, "x509") || strings.Contains(text, "tls:"):
		return "tls_failed"
	case errors.As(err, &st):
		return "unreachable"
	}
	return "connection_lost"
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
