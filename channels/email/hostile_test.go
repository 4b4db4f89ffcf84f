package email

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// hostile is an IMAP server that does what real ones do on bad days. It speaks just enough of the protocol.
type hostile struct {
	addr string

	mu        sync.Mutex
	validity  uint32
	mails     []hostileMail
	needID    bool           // SELECT is refused until ID was heard (UP-N1)
	password  string         // "" takes any
	stall     map[uint32]int // UID → how many downloads stop in the middle and never go on
	cut       map[uint32]int // UID → how many downloads break in the middle
	junk      int            // how many listings are answered with a line nobody can read
	deaf      bool           // IDLE never tells, and never answers DONE
	caps      string         // beside IMAP4rev1 IDLE ID; "": UIDPLUS
	refuse    string         // commands that begin so are answered NO
	next      uint32         // UIDNEXT as told; 0: not told
	noise     bool           // EXPUNGE and EXISTS nobody asked for, wherever they may stand
	sizes     map[uint32]int // UID → RFC822.SIZE as told
	backwards bool           // downloads of several come in reverse
	downloads map[uint32]int
	commands  []string
	conns     map[net.Conn]bool
}

type hostileMail struct {
	uid uint32
	raw []byte
	at  time.Time
}

func newHostile(t *testing.T) *hostile {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{addr: l.Addr().String(), validity: 1, stall: map[uint32]int{}, cut: map[uint32]int{}, downloads: map[uint32]int{}, conns: map[net.Conn]bool{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			h.mu.Lock()
			h.conns[c] = true
			h.mu.Unlock()
			wg.Go(func() { h.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		h.breakAll()
		wg.Wait()
	})
	return h
}

func (h *hostile) breakAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		_ = c.Close()
	}
}

func (h *hostile) add(uid uint32, raw []byte, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mails = append(h.mails, hostileMail{uid, raw, at})
}

func (h *hostile) heard(prefix string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, c := range h.commands {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func (h *hostile) serve(c net.Conn) {
	defer func() {
		h.mu.Lock()
		delete(h.conns, c)
		h.mu.Unlock()
		_ = c.Close()
	}()
	r := bufio.NewReader(c)
	named := false
	say := func(format string, args ...any) { fmt.Fprintf(c, format+"\r\n", args...) }
	say("* OK Coremail System IMap Server Ready")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		tag, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		verb := strings.ToUpper(rest)
		h.mu.Lock()
		h.commands = append(h.commands, verb)
		h.mu.Unlock()
		h.chatter(say, verb)
		switch {
		case h.refuses(verb):
			say("%s NO [CANNOT] not here", tag)
		case strings.HasPrefix(verb, "CAPABILITY"):
			say("* CAPABILITY %s", h.capabilities())
			say("%s OK done", tag)
		case strings.HasPrefix(verb, "LOGIN"):
			if h.password != "" && !strings.Contains(rest, h.password) {
				say("%s NO LOGIN Login error or password error", tag)
				continue
			}
			say("%s OK [CAPABILITY %s] LOGIN completed", tag, h.capabilities())
		case strings.HasPrefix(verb, "ID "):
			named = !strings.HasPrefix(verb, "ID NIL") && strings.Contains(verb, "NAME") && strings.Contains(verb, "VERSION")
			say(`* ID ("name" "hostile")`)
			say("%s OK ID completed", tag)
		case strings.HasPrefix(verb, "SELECT"), strings.HasPrefix(verb, "EXAMINE"):
			h.selected(say, tag, named)
		case strings.HasPrefix(verb, "UID FETCH"):
			if !h.fetch(c, say, tag, verb) {
				return
			}
		case strings.HasPrefix(verb, "UID SEARCH"), strings.HasPrefix(verb, "SEARCH"):
			say("* SEARCH 99 98 97") // whatever was asked (UP-N2)
			say("%s OK done", tag)
		case strings.HasPrefix(verb, "STARTTLS"):
			say("%s BAD command not known", tag)
		case strings.HasPrefix(verb, "IDLE"):
			say("+ idling")
			if _, err := r.ReadString('\n'); err != nil {
				return
			}
			if h.isDeaf() {
				_, _ = r.ReadString('\n') // nothing comes any more; the line is half open
				return
			}
			say("%s OK IDLE terminated", tag)
		default:
			say("%s OK done", tag)
		}
	}
}

func (h *hostile) capabilities() string {
	if h.caps == "" {
		return "IMAP4rev1 IDLE ID UIDPLUS"
	}
	return "IMAP4rev1 IDLE ID " + h.caps
}

func (h *hostile) refuses(verb string) bool {
	return h.refuse != "" && strings.HasPrefix(verb, h.refuse)
}

// chatter says what nobody asked for: mails that are gone, that came, flags that changed.
func (h *hostile) chatter(say func(string, ...any), verb string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.noise || strings.HasPrefix(verb, "LOGIN") || strings.HasPrefix(verb, "CAPABILITY") {
		return
	}
	say("* %d EXISTS", len(h.mails)+1)
	say("* %d EXPUNGE", len(h.mails)+1)
	say("* 1 FETCH (FLAGS (\\Seen))")
	say("* 0 RECENT")
	say("* OK still here")
}

func (h *hostile) isDeaf() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.deaf
}

func (h *hostile) selected(say func(string, ...any), tag string, named bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.needID && !named {
		say("%s NO SELECT Unsafe Login. Please contact kefu@188.com for help", tag)
		return
	}
	say("* %d EXISTS", len(h.mails))
	say("* OK [UIDVALIDITY %d] UIDs valid", h.validity)
	if h.next > 0 {
		say("* OK [UIDNEXT %d] predicted", h.next)
	}
	say("%s OK [READ-ONLY] selected", tag)
}

// fetch answers a listing or a download; false ends the connection.
func (h *hostile) fetch(c net.Conn, say func(string, ...any), tag, verb string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	set := strings.Fields(verb)[2]
	if !strings.Contains(verb, "BODY") {
		if h.junk > 0 {
			h.junk--
			say("* 1 FETCH (UID 1 ENVELOPE (((oops RFC822.SIZE)")
			return true
		}
		from, _, _ := strings.Cut(set, ":")
		first, _ := strconv.Atoi(from)
		for i, m := range h.mails {
			if int(m.uid) >= first || i == len(h.mails)-1 { // n:* always includes the last
				size := len(m.raw)
				if told, lies := h.sizes[m.uid]; lies {
					size = told
				}
				say(`* %d FETCH (UID %d FLAGS () INTERNALDATE "%s" RFC822.SIZE %d)`, i+1, m.uid, m.at.Format("02-Jan-2006 15:04:05 -0700"), size)
			}
		}
		say("%s OK done", tag)
		return true
	}
	order := h.mails
	if h.backwards {
		order = slices.Clone(h.mails)
		slices.Reverse(order)
	}
	for _, m := range order {
		if !inSet(set, m.uid) {
			continue
		}
		if !h.body(c, m, verb) {
			return true
		}
	}
	say("%s OK done", tag)
	return true
}

// body sends one literal; false: it breaks off. A stalling one leaves the connection open.
func (h *hostile) body(c net.Conn, m hostileMail, verb string) bool {
	uid := m.uid
	h.downloads[uid]++
	raw, section := m.raw, "BODY[]"
	if k := strings.Index(verb, "<0."); k >= 0 {
		n, _ := strconv.Atoi(strings.TrimRight(verb[k+3:], ">)"))
		raw, section = raw[:min(n, len(raw))], "BODY[]<0>"
	}
	fmt.Fprintf(c, "* %d FETCH (UID %d %s {%d}\r\n", slices.IndexFunc(h.mails, func(x hostileMail) bool { return x.uid == uid })+1, uid, section, len(raw))
	if h.stall[uid] > 0 {
		h.stall[uid]--
		_, _ = c.Write(raw[:len(raw)/2])
		return false // and then nothing
	}
	if h.cut[uid] > 0 {
		h.cut[uid]--
		_, _ = c.Write(raw[:len(raw)/2])
		_ = c.Close()
		return false
	}
	_, _ = c.Write(raw)
	fmt.Fprint(c, ")\r\n")
	return true
}

// inSet reports whether a UID stands in a set of IMAP: 1,3:5.
func inSet(set string, uid uint32) bool {
	for part := range strings.SplitSeq(set, ",") {
		from, to, ranged := strings.Cut(part, ":")
		a, _ := strconv.Atoi(from)
		b := a
		if ranged {
			b, _ = strconv.Atoi(to)
		}
		if a <= int(uid) && int(uid) <= b {
			return true
		}
	}
	return false
}
