package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// client is a signed-in user of the REST API and the console's socket, as a browser would be.
type client struct {
	base string // http://127.0.0.1:8080
	http *http.Client
}

func newClient(base string) *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // nil options cannot fail
	}
	return &client{base: base, http: &http.Client{Jar: jar, Timeout: 20 * time.Second}}
}

// apiError is a refusal of the API.
type apiError struct {
	Status int
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.Status, e.Reason) }

// call sends in as JSON (nil: no body) and reads the answer into out (nil: thrown away).
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode >= 300 {
		refusal := &apiError{Status: res.StatusCode, Reason: string(raw)}
		_ = json.Unmarshal(raw, refusal) // a body that is not ours stays as text
		return fmt.Errorf("%s %s: %w", method, path, refusal)
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

func (c *client) signIn(ctx context.Context, email, password string) error {
	return c.call(ctx, http.MethodPost, "/auth/sign-in", map[string]string{"email": email, "password": password}, nil)
}

// frame is what the console's socket says, as far as the demo listens.
type frame struct {
	Kind  string `json:"kind"`
	Offer struct {
		ID           string       `json:"id"`
		Conversation conversation `json:"conversation"`
		ExpiresAt    time.Time    `json:"expires_at"`
	} `json:"offer"`
	Conversation json.RawMessage `json:"conversation"`
	Message      message         `json:"message"`
}

type conversation struct {
	ID       string `json:"id"`
	Medium   string `json:"medium"`
	Status   string `json:"status"`
	Assignee string `json:"assignee"`
	Locale   string `json:"locale"`
	Messages int64  `json:"messages"`
	Version  int64  `json:"version"`
	LastBy   string `json:"last_by"`
}

type message struct {
	ID           string `json:"id"`
	Conversation string `json:"conversation"`
	Number       int64  `json:"number"`
	Direction    string `json:"direction"`
	Text         string `json:"text"`
}

// listen opens the socket and calls hear for each frame until ctx ends or the line breaks.
func (c *client) listen(ctx context.Context, hear func(frame)) error {
	dialer := websocket.Dialer{Jar: c.http.Jar, HandshakeTimeout: 10 * time.Second}
	header := http.Header{"Origin": {c.base}}
	conn, res, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(c.base, "http")+"/api/v1/socket", header)
	if err != nil {
		return fmt.Errorf("open the console's socket: %w", err)
	}
	_ = res.Body.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close()
	if err := conn.WriteJSON(map[string]string{"kind": "hello", "cursor": ""}); err != nil {
		return fmt.Errorf("greet the console's socket: %w", err)
	}
	for {
		_, raw, err := conn.ReadMessage()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the console's socket: %w", err)
		}
		var f frame
		if err := json.Unmarshal(raw, &f); err != nil {
			return fmt.Errorf("read a frame: %w", err)
		}
		hear(f)
	}
}

// refused reports whether err is the API saying no, rather than a line that broke.
func refused(err error) bool {
	var e *apiError
	return errors.As(err, &e)
}
