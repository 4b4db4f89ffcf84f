package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"yingda/desk"
)

// payload is the body of a delivery.
type payload struct {
	ID      string          `json:"id"`
	Kind    string          `json:"kind"`
	Seq     int64           `json:"seq"` // grows; of two facts about one conversation the larger is the later
	At      string          `json:"at"`  // RFC 3339, UTC, milliseconds
	Subject subject         `json:"subject"`
	Actor   subject         `json:"actor"`
	Data    json.RawMessage `json:"data"` // the fact, without what people or mail servers said in their own words
}

type subject struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Delivery makes one of a fact.
func Delivery(webhook string, f desk.StoredFact, now time.Time) (desk.HookDelivery, error) {
	id := fmt.Sprintf("%s-%d", webhook, f.Seq)
	if f.Kind == desk.HookTest {
		id = fmt.Sprintf("%s-test-%d", webhook, now.UnixMilli())
	}
	data, err := tellable(f)
	if err != nil {
		return desk.HookDelivery{}, fmt.Errorf("read fact %d for %s: %w", f.Seq, webhook, err)
	}
	body, err := json.Marshal(payload{
		ID: id, Kind: f.Kind, Seq: f.Seq, At: f.At.UTC().Format("2006-01-02T15:04:05.000Z07:00"), Data: data,
		Subject: subject{string(f.Subject.Kind), f.Subject.ID}, Actor: subject{string(f.Actor.Kind), f.Actor.ID},
	})
	if err != nil {
		return desk.HookDelivery{}, fmt.Errorf("write fact %d for %s: %w", f.Seq, webhook, err)
	}
	d := desk.HookDelivery{ID: id, Webhook: webhook, Seq: f.Seq, Kind: f.Kind, State: desk.HookWaiting, At: now, NextAt: now, Body: string(body)}
	if f.Subject.Kind == desk.AboutConversation {
		d.Conversation = f.Subject.ID
	}
	return d, nil
}

// Words of people and of mail servers stand under these names wherever they stand in a fact: why a mail bounced names
// the customer's address, a note at a transfer or a waiver says what it is about. None of them leaves the house.
var withheld = []string{"note", "reason"}

// coded are kinds whose "reason" is one of our own codes; an agent's own words may follow the code after a colon.
var coded = []string{(desk.OfferDeclined{}).Kind(), (desk.OfferWithdrawn{}).Kind(), (desk.PresenceChanged{}).Kind()}

// tellable is a fact's body without anybody's own words.
func tellable(f desk.StoredFact) (json.RawMessage, error) {
	read := json.NewDecoder(bytes.NewReader([]byte(f.Body)))
	read.UseNumber()
	var body any
	if err := read.Decode(&body); err != nil {
		return nil, err
	}
	hush(body, slices.Contains(coded, f.Kind))
	return json.Marshal(body)
}

func hush(v any, coded bool) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			hush(x, coded)
		}
	case map[string]any:
		for name, x := range v {
			code, plain := x.(string)
			switch {
			case !slices.Contains(withheld, name):
				hush(x, coded)
			case coded && plain:
				v[name], _, _ = strings.Cut(code, ":")
			default:
				delete(v, name)
			}
		}
	}
}
