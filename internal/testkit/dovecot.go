package testkit

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"
)

// DovecotOptions says who may sign in.
type DovecotOptions struct {
	// Users are passwords by user name; empty is ann with the password "secret".
	Users map[string]string
}

// DovecotServer is a real Dovecot 2.3 with one Maildir per user: CONDSTORE,
// IDLE, MOVE, UIDPLUS, STARTTLS and implicit TLS.
type DovecotServer struct {
	// Addr and TLSAddr are host:port of plain IMAP (with STARTTLS) and of IMAPS.
	Addr, TLSAddr string
	// TLS is what a client needs to verify the server.
	TLS *tls.Config

	dir     string
	mail    *account // owner of the mail; nil is ourselves
	program *program
}

// Dovecot starts a server for this test alone.
func Dovecot(t testing.TB, opt DovecotOptions) *DovecotServer {
	t.Helper()
	_, err := dovecotPath()
	must(t, "dovecot-imapd", err)
	s, err := newDovecot(folder(t), opt)
	must(t, "dovecot-imapd", err)
	t.Cleanup(s.Stop)
	return s
}

// dovecotPath refuses versions whose configuration language is another one.
func dovecotPath() (string, error) {
	path, err := find("dovecot", "/usr/sbin")
	if err != nil {
		return "", err
	}
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("ask dovecot's version: %w", err)
	}
	if !bytes.HasPrefix(out, []byte("2.3.")) {
		return "", fmt.Errorf("dovecot 2.3 is %w, there is %s", errMissing, bytes.TrimSpace(out))
	}
	return path, nil
}

func newDovecot(dir string, opt DovecotOptions) (*DovecotServer, error) {
	if len(opt.Users) == 0 {
		opt.Users = map[string]string{"ann": "secret"}
	}
	cert, err := newCertificate()
	if err != nil {
		return nil, err
	}
	if err := cert.write(dir); err != nil {
		return nil, err
	}
	// The master needs root for its login processes; the mail belongs to a lesser user.
	mail, err := lesserAccount("nobody")
	if err != nil {
		return nil, err
	}
	s := &DovecotServer{dir: dir, mail: mail, TLS: cert.clientConfig()}
	if err := s.addUsers(opt.Users); err != nil {
		return nil, err
	}
	return s, retry(func(port int) error {
		tlsPort, err := freePort()
		if err != nil {
			return err
		}
		s.Addr, s.TLSAddr = "127.0.0.1:"+strconv.Itoa(port), "127.0.0.1:"+strconv.Itoa(tlsPort)
		if err := s.configure(port, tlsPort); err != nil {
			return err
		}
		return s.Start()
	})
}

// Start starts the server on its addresses. Call it after Stop.
func (s *DovecotServer) Start() error {
	path, err := dovecotPath()
	if err != nil {
		return err
	}
	s.program, err = launch(s.dir, nil, syscall.SIGTERM, path, "-F", "-c", filepath.Join(s.dir, "dovecot.conf"))
	if err != nil {
		return err
	}
	if err := s.program.waitFor(dialable(s.Addr)); err != nil {
		s.Stop()
		return fmt.Errorf("%w\n%s", err, s.Log())
	}
	return nil
}

// Stop ends the server and every session; the mail stays.
func (s *DovecotServer) Stop() { s.program.stop(syscall.SIGTERM) }

// Log is what Dovecot has written so far.
func (s *DovecotServer) Log() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "dovecot.log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Deliver puts a raw mail into user's INBOX, as a delivery agent would:
// complete in tmp first, then moved to new.
func (s *DovecotServer) Deliver(t testing.TB, user string, raw []byte) {
	t.Helper()
	name := fmt.Sprintf("%d.%s.testkit", time.Now().UnixNano(), rand.Text())
	box := filepath.Join(s.dir, "mail", user, "Maildir")
	tmp := filepath.Join(box, "tmp", name)
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		t.Fatalf("deliver to %s: %v", user, err)
	}
	if err := s.own(tmp); err != nil {
		t.Fatalf("deliver to %s: %v", user, err)
	}
	if err := os.Rename(tmp, filepath.Join(box, "new", name)); err != nil {
		t.Fatalf("deliver to %s: %v", user, err)
	}
}

// ForgetUIDs makes INBOX of user come back under a new UIDVALIDITY, as a mailbox restored from a backup does. The server
// must be stopped.
func (s *DovecotServer) ForgetUIDs(t testing.TB, user string) {
	t.Helper()
	box := filepath.Join(s.dir, "mail", user, "Maildir")
	for _, pattern := range []string{"dovecot-uidlist", "dovecot.index*"} {
		found, err := filepath.Glob(filepath.Join(box, pattern))
		if err != nil {
			t.Fatalf("forget the UIDs of %s: %v", user, err)
		}
		for _, path := range found {
			if err := os.Remove(path); err != nil {
				t.Fatalf("forget the UIDs of %s: %v", user, err)
			}
		}
	}
}

func (s *DovecotServer) own(path string) error {
	if s.mail == nil {
		return nil
	}
	return os.Chown(path, s.mail.uid, s.mail.gid)
}

// addUsers writes the password file and an empty Maildir for each user.
func (s *DovecotServer) addUsers(users map[string]string) error {
	var lines strings.Builder
	for name, password := range users {
		fmt.Fprintf(&lines, "%s:{PLAIN}%s\n", name, password)
		home := filepath.Join(s.dir, "mail", name)
		for _, sub := range []string{"", "Maildir", "Maildir/tmp", "Maildir/new", "Maildir/cur"} {
			at := filepath.Join(home, sub)
			if err := os.MkdirAll(at, 0o755); err != nil {
				return fmt.Errorf("make %s's mail folder: %w", name, err)
			}
			if err := s.own(at); err != nil {
				return fmt.Errorf("make %s's mail folder: %w", name, err)
			}
		}
	}
	// Its readers are Dovecot's own users; the passwords are the tests'.
	return os.WriteFile(filepath.Join(s.dir, "users"), []byte(lines.String()), 0o644)
}

// dovecotConf is everything Dovecot reads: nothing comes from /etc.
//
// mailbox_idle_check_interval is the net under inotify; a second keeps IDLE
// tests quick on file systems without it.
var dovecotConf = template.Must(template.New("dovecot.conf").Parse(`
base_dir = {{.Dir}}/run
state_dir = {{.Dir}}/state
log_path = {{.Dir}}/dovecot.log
protocols = imap
listen = 127.0.0.1
instance_name = {{.Dir}}
default_login_user = {{.Login}}
default_internal_user = {{.Internal}}
default_internal_group = {{.Group}}
disable_plaintext_auth = no
auth_mechanisms = plain login
ssl = yes
ssl_cert = <{{.Dir}}/cert.pem
ssl_key = <{{.Dir}}/key.pem
mail_location = maildir:{{.Dir}}/mail/%u/Maildir
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1s
first_valid_uid = 1
first_valid_gid = 1
passdb {
  driver = passwd-file
  args = {{.Dir}}/users
}
userdb {
  driver = static
  args = uid={{.UID}} gid={{.GID}} home={{.Dir}}/mail/%u
}
service imap-login {
  {{.Chroot}}
  inet_listener imap {
    address = 127.0.0.1
    port = {{.Port}}
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = {{.TLSPort}}
    ssl = yes
  }
}
service anvil {
  {{.Chroot}}
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox "Sent Mail" {
    auto = no
    special_use = \Sent
  }
}
`))

func (s *DovecotServer) configure(port, tlsPort int) error {
	v := map[string]any{
		"Dir": s.dir, "Port": port, "TLSPort": tlsPort, "Chroot": "",
		"Login": "dovenull", "Internal": "dovecot", "Group": "dovecot",
	}
	if s.mail != nil {
		v["UID"], v["GID"] = s.mail.uid, s.mail.gid
	} else {
		// Not root: everything runs as us, and nobody but root may chroot.
		me, err := user.Current()
		if err != nil {
			return fmt.Errorf("find out who we are: %w", err)
		}
		group, err := user.LookupGroupId(me.Gid)
		if err != nil {
			return fmt.Errorf("find out our group: %w", err)
		}
		v["UID"], v["GID"], v["Chroot"] = me.Uid, me.Gid, "chroot ="
		v["Login"], v["Internal"], v["Group"] = me.Username, me.Username, group.Name
	}
	var conf bytes.Buffer
	if err := dovecotConf.Execute(&conf, v); err != nil {
		return fmt.Errorf("write dovecot.conf: %w", err)
	}
	return os.WriteFile(filepath.Join(s.dir, "dovecot.conf"), conf.Bytes(), 0o644)
}
