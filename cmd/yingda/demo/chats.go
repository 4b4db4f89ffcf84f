package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// widgetFrame is what the widget's socket says and hears, as far as a customer needs it.
type widgetFrame struct {
	V        int    `json:"v"`
	Type     string `json:"type"`
	Token    string `json:"token,omitempty"`
	Lang     string `json:"lang,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	Text     string `json:"text,omitempty"`
	Number   int64  `json:"number,omitempty"`
	Message  *struct {
		Number int64 `json:"number"`
		Mine   bool  `json:"mine"`
		Auto   bool  `json:"auto"`
	} `json:"message,omitempty"`
	On bool `json:"on,omitempty"`
}

// chats is a customer in the widget: a line, an answer, the next line.
func (s *Street) chats(ctx context.Context, c customer, x chatter) {
	conn, err := s.openWidget(ctx, c)
	if err != nil {
		if ctx.Err() == nil {
			s.logger.Warn("demo: a chat could not begin", "err", err)
		}
		return
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	heard := make(chan widgetFrame, 16)
	go func() { // the only reader; ends with the socket
		defer close(heard)
		for {
			var f widgetFrame
			if conn.ReadJSON(&f) != nil {
				return
			}
			select {
			case heard <- f:
			case <-ctx.Done():
				return
			}
		}
	}()
	for _, line := range x.lines {
		s.types(ctx, conn)
		if conn.WriteJSON(widgetFrame{V: 1, Type: "send", ClientID: uuid.NewString(), Text: line}) != nil {
			return
		}
		if !s.hears(ctx, conn, heard) {
			return
		}
	}
	s.thinks(ctx, 3, 8)
}

func (s *Street) types(ctx context.Context, conn *websocket.Conn) {
	s.thinks(ctx, 1, 4)
	_ = conn.WriteJSON(widgetFrame{V: 1, Type: "typing", On: true}) // passing news may be lost
	s.thinks(ctx, 2, 6)
}

// hears waits for an agent's words and marks them read; false when nobody answers for long or the line ends.
func (s *Street) hears(ctx context.Context, conn *websocket.Conn, heard <-chan widgetFrame) bool {
	patience := time.NewTimer(8 * time.Minute)
	defer patience.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-patience.C:
			return false
		case f, ok := <-heard:
			if !ok {
				return false
			}
			if f.Type == "message" && f.Message != nil && !f.Message.Mine && !f.Message.Auto {
				return conn.WriteJSON(widgetFrame{V: 1, Type: "read", Number: f.Message.Number}) == nil
			}
		}
	}
}

// openWidget opens a visitor's session and socket as the widget's frame does.
func (s *Street) openWidget(ctx context.Context, c customer) (*websocket.Conn, error) {
	path := "/widget/v1/" + s.cfg.WidgetKey
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.Base+path+"/session", bytes.NewReader([]byte("{}")))
	if err != nil {
		return nil, fmt.Errorf("open a session: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", s.cfg.Base)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("open a session: %w", err)
	}
	defer res.Body.Close()
	var session struct {
		Token string `json:"token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&session); err != nil || res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("open a session: %s %w", res.Status, err)
	}
	conn, answer, err := websocket.DefaultDialer.DialContext(ctx, "ws"+strings.TrimPrefix(s.cfg.Base, "http")+path+"/socket", http.Header{"Origin": {s.cfg.Base}})
	if err != nil {
		return nil, fmt.Errorf("open a socket: %w", err)
	}
	_ = answer.Body.Close()
	if err := conn.WriteJSON(widgetFrame{V: 1, Type: "hello", Token: session.Token, Lang: c.locale}); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("greet: %w", err)
	}
	return conn, nil
}
