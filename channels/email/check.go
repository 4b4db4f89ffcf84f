package email

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-smtp"
)

// Finding is the result of one step of the connection test. Reason is a stable code, translated by the page, listed
// at [Reasons]; Params fill its sentence; Detail is the other side's own words.
type Finding struct {
	Side   string // imap or smtp
	Step   string // settings, dns, connect, tls, starttls, login, mailbox, auth, sender
	OK     bool
	Reason string
	Params map[string]string
	Detail string
}

// Reasons lists every reason a Finding may carry. "ok" is the one of a step that went well.
func Reasons() []string {
	return []string{
		"ok", "settings_invalid", "dns_unknown_host", "dns_failed", "connect_refused", "connect_timeout", "connect_failed",
		"tls_untrusted", "tls_wrong_name", "tls_expired", "tls_not_spoken", "tls_failed", "starttls_missing", "starttls_failed",
		"secret_missing", "token_refused", "login_refused", "login_refused_authcode", "login_unsafe", "login_failed", "mailbox_missing",
		"mailbox_failed", "auth_refused", "auth_refused_authcode", "auth_missing", "sender_refused", "greeting_failed", "timeout",
	}
}

// Check tries the settings for real and says, step by step, what works and what exactly is wrong. It changes nothing
// on either server and sends nothing. Both sides are tried even when one fails. It takes at most about a minute.
func Check(ctx context.Context, s Settings, address string, n Network, secrets Secrets) []Finding {
	s.fill()
	if err := s.Validate(); err != nil {
		return []Finding{{Side: "imap", Step: "settings", Reason: "settings_invalid", Detail: err.Error()}}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	done := make(chan []Finding, 1)
	go func() { done <- checkSMTP(ctx, s.SMTP, address, n, secrets) }()
	if s.Receive == ReceivePush {
		return <-done // there is no mailbox
	}
	out := checkIMAP(ctx, s, n, secrets)
	return append(out, <-done...)
}

// checkTimeout bounds each step of the test; people are waiting.
const checkTimeout = 15 * time.Second

func checkIMAP(ctx context.Context, s Settings, n Network, secrets Secrets) []Finding {
	c := checker{side: "imap", server: s.IMAP}
	secret, ok := c.before(ctx, n, secrets)
	if !ok {
		return c.out
	}
	timing := Timing{Command: checkTimeout}
	timing.fill(time.Minute)
	timing.Command = checkTimeout
	ses, err := connect(ctx, n, s.IMAP, secret, timing)
	if err != nil {
		c.connectFailed(err)
		return c.out
	}
	defer ses.close()
	if s.IMAP.TLS == TLSStart {
		c.ok("starttls")
	}
	c.ok("login")
	for _, m := range s.Mailboxes {
		if err := ses.open(m, true); err != nil {
			c.mailboxFailed(m, err)
			return c.out
		}
		c.add(Finding{Step: "mailbox", OK: true, Reason: "ok", Params: map[string]string{"mailbox": m}})
	}
	return c.out
}

func checkSMTP(ctx context.Context, s Server, address string, n Network, secrets Secrets) []Finding {
	c := checker{side: "smtp", server: s}
	secret, ok := c.before(ctx, n, secrets)
	if !ok {
		return c.out
	}
	l, err := dialSMTP(ctx, n, s, checkTimeout)
	if err != nil {
		c.connectFailed(err)
		return c.out
	}
	defer l.close()
	if s.TLS == TLSStart {
		c.ok("starttls")
	}
	if s.Auth != AuthNone {
		if offered, _ := l.client.Extension("AUTH"); !offered {
			c.fail("auth", "auth_missing", nil)
			return c.out
		}
		if err := l.client.Auth(saslClient(s, secret, l.client.SupportsAuth)); err != nil {
			c.refused("auth", "auth_refused", err)
			return c.out
		}
		c.ok("auth")
	}
	if err := l.client.Mail(address, nil); err != nil {
		c.fail("sender", "sender_refused", err, "address", address)
		return c.out
	}
	_ = l.client.Reset() // nothing was sent; the connection ends anyway
	c.ok("sender")
	return c.out
}

// checker collects findings of one side.
type checker struct {
	side   string
	server Server
	out    []Finding
}

func (c *checker) add(f Finding) {
	f.Side = c.side
	if f.Params == nil {
		f.Params = map[string]string{}
	}
	f.Params["host"], f.Params["port"] = c.server.Host, strconv.Itoa(c.server.Port)
	c.out = append(c.out, f)
}

func (c *checker) ok(step string) { c.add(Finding{Step: step, OK: true, Reason: "ok"}) }

func (c *checker) fail(step, reason string, err error, params ...string) {
	f := Finding{Step: step, Reason: reason, Params: map[string]string{}}
	if err != nil {
		f.Detail = clip(err.Error(), 500)
	}
	for i := 0; i+1 < len(params); i += 2 {
		f.Params[params[i]] = params[i+1]
	}
	c.add(f)
}

// before does what both protocols share: secret, name, line, TLS.
func (c *checker) before(ctx context.Context, n Network, secrets Secrets) (string, bool) {
	secret := ""
	if c.server.Auth != AuthNone {
		var err error
		switch secret, err = credential(ctx, c.server, secrets); {
		case errors.Is(err, ErrNoToken):
			c.fail("login", "token_refused", err)
			return "", false
		case err != nil || secret == "":
			c.fail("login", "secret_missing", err)
			return "", false
		}
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if net.ParseIP(c.server.Host) == nil {
		if _, err := net.DefaultResolver.LookupHost(ctx, c.server.Host); err != nil {
			var dns *net.DNSError
			if errors.As(err, &dns) && dns.IsNotFound {
				c.fail("dns", "dns_unknown_host", err)
			} else {
				c.fail("dns", "dns_failed", err)
			}
			return "", false
		}
	}
	c.ok("dns")
	conn, err := n.dialPlain(ctx, c.server)
	if err != nil {
		c.fail("connect", connectReason(err), err)
		return "", false
	}
	defer func() { _ = conn.Close() }() // only a probe; the handshake may have closed it
	c.ok("connect")
	if c.server.TLS == TLSOn {
		t, err := n.handshake(ctx, conn, c.server.Host)
		if err != nil {
			c.fail("tls", tlsReason(err), err)
			return "", false
		}
		_ = t.Close() // only a probe
		c.ok("tls")
	}
	return secret, true
}

func connectReason(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connect_refused"
	case isTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return "connect_timeout"
	}
	return "connect_failed"
}

func tlsReason(err error) string {
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &host):
		return "tls_wrong_name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "tls_expired"
	case errors.As(err, &unknown), errors.As(err, &invalid):
		return "tls_untrusted"
	case strings.Contains(err.Error(), "first record does not look like a TLS handshake"):
		return "tls_not_spoken"
	case isTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return "tls_not_spoken" // a server that waits for us to speak first in the clear
	}
	return "tls_failed"
}

// connectFailed sorts what connect and dialSMTP return.
func (c *checker) connectFailed(err error) {
	var st *stepError
	if !errors.As(err, &st) {
		c.fail("connect", "connect_failed", err)
		return
	}
	switch st.step {
	case stepStartTLS:
		text := strings.ToLower(err.Error())
		var tlsErr x509.HostnameError
		var unknown x509.UnknownAuthorityError
		switch {
		case errors.As(err, &tlsErr), errors.As(err, &unknown):
			c.fail("starttls", tlsReason(err), err)
		case strings.Contains(text, "support starttls"), isAnswer(err):
			c.fail("starttls", "starttls_missing", err)
		default:
			c.fail("starttls", "starttls_failed", err)
		}
	case stepLogin:
		c.refused("login", "login_refused", err)
	default:
		reason := "greeting_failed"
		if errors.Is(err, errTimeout) || isTimeout(err) {
			reason = "timeout"
		}
		c.fail("connect", reason, err)
	}
}

func isAnswer(err error) bool {
	var i *imap.Error
	var s *smtp.SMTPError
	return errors.As(err, &i) || errors.As(err, &s)
}

// refused tells a refusal of name and password from a broken line, and knows the providers where the password people
// know is not the one that works: they want a client authorisation code, 授权码 (UP-N1).
func (c *checker) refused(step, reason string, err error) {
	if !isAnswer(err) {
		if errors.Is(err, errTimeout) {
			c.fail(step, "timeout", err)
			return
		}
		c.fail(step, "login_failed", err)
		return
	}
	if strings.Contains(strings.ToLower(err.Error()), "unsafe login") {
		c.fail(step, "login_unsafe", err)
		return
	}
	if c.server.Auth == AuthPassword && wantsAuthCode(c.server, err) {
		c.fail(step, reason+"_authcode", err, "hint", "授权码")
		return
	}
	c.fail(step, reason, err)
}

// authCodeHosts are providers that give out authorisation codes instead of taking passwords.
var authCodeHosts = []string{"163.com", "126.com", "yeah.net", "188.com", "netease.com", "qq.com", "foxmail.com", "sina.com", "sina.cn", "aliyun.com", "139.com", "189.cn", "sohu.com"}

func wantsAuthCode(s Server, err error) bool {
	host, user := strings.ToLower(s.Host), strings.ToLower(s.Username)
	for _, d := range authCodeHosts {
		if host == d || strings.HasSuffix(host, "."+d) || strings.HasSuffix(user, "@"+d) {
			return true
		}
	}
	text := strings.ToLower(fmt.Sprint(err))
	return strings.Contains(text, "authorization code") || strings.Contains(text, "授权码")
}

func (c *checker) mailboxFailed(name string, err error) {
	text := strings.ToLower(err.Error())
	switch {
	case strings.Contains(text, "unsafe login"):
		c.fail("mailbox", "login_unsafe", err, "mailbox", name)
	case isAnswer(err):
		c.fail("mailbox", "mailbox_missing", err, "mailbox", name)
	default:
		c.fail("mailbox", "mailbox_failed", err, "mailbox", name)
	}
}
