package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/google/uuid"

	"yingda/channels/voice"
)

// hook is one event the exchange tells the desk, in the generic signed form of docs/api.md.
type hook struct {
	CallID    string `json:"call_id"`
	EventID   string `json:"event_id"`
	Type      string `json:"type"`
	At        string `json:"at"`
	Direction string `json:"direction"`
	From      string `json:"from"`
	To        string `json:"to"`
	Name      string `json:"name,omitempty"`
	Extension string `json:"extension,omitempty"`
	Outcome   string `json:"outcome,omitempty"`
	Recording string `json:"recording,omitempty"`
}

// told is what the desk answers.
type told struct {
	Conversation string `json:"conversation"`
	Ring         struct {
		Agent     string `json:"agent"`
		Extension string `json:"extension"`
	} `json:"ring"`
}

// tell posts one signed event.
func (s *Street) tell(ctx context.Context, h hook) (told, error) {
	h.EventID, h.At, h.Direction, h.To = uuid.NewString(), time.Now().UTC().Format(time.RFC3339Nano), "in", s.cfg.Number
	raw, err := json.Marshal(h)
	if err != nil {
		return told{}, fmt.Errorf("tell of a call: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.Base+"/hooks/voice/"+s.cfg.VoiceInbox, bytes.NewReader(raw))
	if err != nil {
		return told{}, fmt.Errorf("tell of a call: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(voice.SignatureHeader, voice.Sign(s.cfg.VoiceKey, raw, time.Now()))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return told{}, fmt.Errorf("tell of a call: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil || res.StatusCode >= 300 {
		return told{}, fmt.Errorf("tell of a call: %s %s %w", res.Status, answer, err)
	}
	var t told
	if err := json.Unmarshal(answer, &t); err != nil {
		return told{}, fmt.Errorf("tell of a call: %w", err)
	}
	return t, nil
}

// calls is a customer on the phone and the exchange between: it rings, is picked up when an agent takes the offer, and
// ends; whoever is not picked up gives up.
func (s *Street) calls(ctx context.Context, c customer) {
	h := hook{CallID: uuid.NewString(), Type: "ringing", From: c.phone, Name: c.name}
	t, err := s.tell(ctx, h)
	if err != nil {
		s.logger.Warn("demo: a call did not come through", "err", err)
		return
	}
	ext := s.pickedUp(ctx, t.Conversation)
	if ctx.Err() != nil {
		return
	}
	if ext == "" {
		h.Type, h.Outcome = "ended", "abandoned"
		if _, err := s.tell(ctx, h); err != nil && ctx.Err() == nil {
			s.logger.Warn("demo: a call did not end", "err", err)
		}
		return
	}
	h.Type, h.Extension = "answered", ext
	if _, err := s.tell(ctx, h); err != nil {
		s.logger.Warn("demo: a call was not picked up", "err", err)
		return
	}
	s.thinks(ctx, 20, 60)
	h.Type, h.Outcome = "ended", "answered"
	if _, err := s.tell(context.WithoutCancel(ctx), h); err != nil {
		s.logger.Warn("demo: a call did not end", "err", err)
	}
}

// pickedUp watches, as a supervisor's screen would, who took the call; "" when the caller lost patience.
func (s *Street) pickedUp(ctx context.Context, id string) string {
	var people struct {
		Agents []struct{ ID, Extension string }
	}
	if err := s.exchange.call(ctx, http.MethodGet, "/directory", nil, &people); err != nil {
		s.logger.Warn("demo: the exchange cannot see the desk", "err", err)
		return ""
	}
	patience := 20 + rand.IntN(20)
	for range patience {
		pause(ctx, time.Second)
		var conv conversation
		if err := s.exchange.call(ctx, http.MethodGet, "/conversations/"+id, nil, &conv); err != nil {
			return ""
		}
		for _, a := range people.Agents {
			if a.ID == conv.Assignee && a.Extension != "" {
				return a.Extension
			}
		}
	}
	return ""
}
