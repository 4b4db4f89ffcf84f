package voice

import (
	"net/url"
	"strings"
	"time"

	"yingda/desk"
)

// readTwilio reads Twilio's form (www.twilio.com/docs/voice/twiml#request-parameters and …/status callbacks). ok is
// false for events that say nothing new, such as the caller's own leg being connected to our announcement.
// Errors: Invalid "field_invalid".
func readTwilio(form url.Values, query url.Values, now time.Time) (e desk.CallEvent, ok bool, err error) {
	id := form.Get("CallSid")
	parent := form.Get("ParentCallSid")
	if id == "" || len(id) > maxID || len(parent) > maxID {
		return e, false, field("CallSid", "required, at most 200 characters")
	}
	e = desk.CallEvent{CallID: id, From: clip(form.Get("From")), To: clip(form.Get("To")), Name: clip(form.Get("CallerName")), Direction: desk.In, At: now}
	if strings.HasPrefix(form.Get("Direction"), "outbound") {
		e.Direction = desk.Out
	}
	if t, bad := time.Parse(time.RFC1123Z, form.Get("Timestamp")); bad == nil {
		e.At = t.UTC()
	}
	leg := parent != ""
	if leg { // an agent's phone, dialled for the caller's call
		e.CallID, e.Direction = parent, desk.In
		e.Extension = first(query.Get("extension"), extensionOf(form.Get("To")))
	} else if e.Direction == desk.Out {
		e.Extension = query.Get("extension")
	}
	e.Type, e.Outcome, ok = meaning(form.Get("CallStatus"), leg, e.Direction)
	if r := form.Get("RecordingUrl"); strings.HasPrefix(r, "https://") {
		e.Type, e.Recording, ok = desk.CallRecorded, clip(r), true
		e.Transcript = clipTo(form.Get("TranscriptionText"), maxWords)
	}
	e.External = strings.Join([]string{id, string(e.Type), form.Get("CallStatus"), form.Get("SequenceNumber"), form.Get("RecordingSid")}, ":")
	if id := form.Get("TranscriptionSid"); id != "" { // it comes after the recording, and names it
		e.External += ":" + id
	}
	return e, ok, nil
}

// meaning translates a CallStatus. A caller's own "in-progress" only says that TwiML runs; a dialled leg's says that an
// agent picked up, and its other ends say nothing about the caller.
func meaning(status string, leg bool, d desk.Direction) (desk.CallType, desk.Outcome, bool) {
	picked := leg || d == desk.Out
	switch status {
	case "initiated", "queued", "ringing":
		return desk.CallRings, "", !leg
	case "in-progress", "answered":
		return desk.CallPickedUp, "", picked
	case "completed":
		return desk.CallHungUp, "", !leg
	case "busy", "no-answer":
		return desk.CallHungUp, desk.OutcomeMissed, !leg
	case "canceled":
		return desk.CallHungUp, desk.OutcomeAbandoned, !leg
	case "failed":
		return desk.CallHungUp, desk.OutcomeFailed, !leg
	}
	return desk.CallRecorded, "", false
}

// extensionOf is the local part of a SIP address or client name: sip:801@pbx → 801.
func extensionOf(to string) string {
	for _, scheme := range []string{"sip:", "sips:", "client:"} {
		if rest, ok := strings.CutPrefix(to, scheme); ok {
			user, _, _ := strings.Cut(rest, "@")
			return clip(user)
		}
	}
	return ""
}

func clip(s string) string { return clipTo(s, maxField) }

func clipTo(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "")
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
