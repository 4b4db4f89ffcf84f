package main

import (
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// patience bounds every wait. What the product promises in seconds is measured where it is promised; this only ends a
// test that would hang, on two busy cores under the race detector.
const patience = 30 * time.Second

// lookAgain is the pause between two looks at something that does not tell.
const lookAgain = 15 * time.Millisecond

// until returns once ok does, or ends the test.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			t.Fatalf("waited %v in vain: %s", patience, what)
		case <-again.C:
		}
	}
}

// line is one socket and everything heard on it, in order.
type line[F any] struct {
	conn *websocket.Conn

	mu    sync.Mutex
	heard []F
	news  chan struct{} // closed and replaced with every frame
	ended bool
}

func listen[F any](conn *websocket.Conn) *line[F] {
	l := &line[F]{conn: conn, news: make(chan struct{})}
	go l.read() // ends with the socket
	return l
}

func (l *line[F]) read() {
	for {
		var f F
		err := l.conn.ReadJSON(&f)
		l.mu.Lock()
		if err == nil {
			l.heard = append(l.heard, f)
		} else {
			l.ended = true
		}
		close(l.news)
		l.news = make(chan struct{})
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// look returns the first frame that fits, whether the socket ended, and what is closed with the next news.
func (l *line[F]) look(fits func(F) bool) (found F, ok, ended bool, news <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.heard {
		if fits(f) {
			return f, true, l.ended, l.news
		}
	}
	return found, false, l.ended, l.news
}

// hears returns the first frame that fits, now or later.
func (l *line[F]) hears(t testing.TB, what string, fits func(F) bool) F {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		f, ok, ended, news := l.look(fits)
		if ok {
			return f
		}
		if ended {
			t.Fatalf("the socket ended before: %s", what)
		}
		select {
		case <-news:
		case <-deadline.C:
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
	}
}

// count is how many frames fit so far.
func (l *line[F]) count(fits func(F) bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, f := range l.heard {
		if fits(f) {
			n++
		}
	}
	return n
}

// slack is a promised time as far as it can be held to on this machine: the race detector makes everything several
// times slower, and other tests share its cores.
func slack(d time.Duration) time.Duration {
	if raceDetector {
		return 10 * d
	}
	return 2 * d
}
