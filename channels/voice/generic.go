package voice

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"yingda/desk"
)

// event is the generic webhook's body. Unknown fields are refused: a misspelt one would be lost without a word.
type event struct {
	CallID    string `json:"call_id"`
	EventID   string `json:"event_id"` // the same on every re-delivery; "": type and at
	Type      string `json:"type"`     // ringing, answered, ended, recording
	At        string `json:"at"`       // RFC 3339
	Direction string `json:"direction"`
	From      string `json:"from"`
	To        string `json:"to"`
	Name      string `json:"name"`
	Extension string `json:"extension"`
	Outcome   string `json:"outcome"`
	Recording string `json:"recording"`
	// Transcript is what the caller said to the machine, as text.
	Transcript string `json:"transcript"`
	// Email is where a caller who ends waiting with the outcome requested wants to be answered, instead of a call.
	Email string `json:"email"`
}

const (
	maxID     = 200    // bytes of an id
	maxNumber = 64     // bytes of a number: E.164 has 15 digits, a SIP address a few dozen letters
	maxName   = 800    // bytes of a name: 200 characters
	maxField  = 1000   // bytes of a recording's address
	maxWords  = 24_000 // bytes of a transcript: five minutes of talk have 2,000 characters
)

func field(name, rule string) error {
	return desk.Refuse(desk.Invalid, "field_invalid", "field", name, "rule", rule)
}

// readGeneric reads a generic event, and where its caller wants to be answered by mail. Errors: Invalid "body_unreadable", "field_invalid" (params field, rule).
func readGeneric(body []byte) (desk.CallEvent, string, error) {
	var e event
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return desk.CallEvent{}, "", field(strings.Trim(name, `"`), "unknown")
		}
		return desk.CallEvent{}, "", desk.Refuse(desk.Invalid, "body_unreadable")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return desk.CallEvent{}, "", desk.Refuse(desk.Invalid, "body_unreadable")
	}
	out, err := e.check()
	return out, e.Email, err
}

func (e event) check() (desk.CallEvent, error) {
	at, err := time.Parse(time.RFC3339, e.At)
	switch {
	case e.CallID == "" || len(e.CallID) > maxID:
		return desk.CallEvent{}, field("call_id", "required, at most 200 characters")
	case err != nil:
		return desk.CallEvent{}, field("at", "RFC 3339")
	case e.Type != string(desk.CallRings) && e.Type != string(desk.CallPickedUp) && e.Type != string(desk.CallHungUp) && e.Type != string(desk.CallRecorded):
		return desk.CallEvent{}, field("type", "ringing, answered, ended or recording")
	case e.Direction != "" && e.Direction != "in" && e.Direction != "out":
		return desk.CallEvent{}, field("direction", "in or out")
	case !outcome(e.Outcome):
		return desk.CallEvent{}, field("outcome", "answered, missed, abandoned, voicemail, failed or requested")
	}
	for _, f := range []struct {
		name, value string
		most        int
	}{
		{"from", e.From, maxNumber},
		{"to", e.To, maxNumber},
		{"extension", e.Extension, maxNumber},
		{"name", e.Name, maxName},
		{"recording", e.Recording, maxField},
		{"call_id", e.CallID, maxID},
		{"event_id", e.EventID, maxID},
	} {
		if len(f.value) > f.most || strings.ContainsFunc(f.value, unicode.IsControl) {
			return desk.CallEvent{}, field(f.name, "at most "+strconv.Itoa(f.most)+" bytes, no control characters")
		}
	}
	if len(e.Transcript) > maxWords || strings.ContainsFunc(e.Transcript, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		return desk.CallEvent{}, field("transcript", "at most "+strconv.Itoa(maxWords)+" bytes, no control characters but line ends")
	}
	if e.Email != "" && (e.Type != string(desk.CallHungUp) || e.Outcome != string(desk.OutcomeRequested)) {
		return desk.CallEvent{}, field("email", "with type ended and outcome requested")
	}
	if e.Recording != "" && !strings.HasPrefix(e.Recording, "https://") {
		return desk.CallEvent{}, field("recording", "an https address")
	}
	out := desk.CallEvent{
		CallID: e.CallID, External: e.CallID + ":" + e.EventID, Type: desk.CallType(e.Type), At: at.UTC(), Direction: desk.Direction(e.Direction),
		From: e.From, To: e.To, Name: e.Name, Extension: e.Extension, Outcome: desk.Outcome(e.Outcome), Recording: e.Recording, Transcript: e.Transcript,
	}
	if e.Email != "" {
		out.Outcome = desk.OutcomeByMail
	}
	if e.EventID == "" {
		out.External = e.CallID + ":" + e.Type + ":" + at.UTC().Format(time.RFC3339Nano)
	}
	return out, nil
}

func outcome(o string) bool {
	switch desk.Outcome(o) {
	case "", desk.OutcomeAnswered, desk.OutcomeMissed, desk.OutcomeAbandoned, desk.OutcomeVoicemail, desk.OutcomeFailed,
		desk.OutcomeRequested:
		return true
	case desk.OutcomeByMail: // said as requested, with an address
	}
	return false
}
