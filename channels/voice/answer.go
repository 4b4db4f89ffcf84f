package voice

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"yingda/desk"
)

// reply is the answer to a generic webhook. Do says what the queue's policy wants of the exchange, after saying Say:
// "voicemail" to take a message, "callback" and "refuse" to end the call, "message" to let the caller go on waiting.
type reply struct {
	Conversation desk.ConversationID `json:"conversation"`
	Duplicate    bool                `json:"duplicate,omitempty"`
	Ring         *ringTarget         `json:"ring,omitempty"`
	Queue        bool                `json:"queue,omitempty"`
	Do           desk.Deed           `json:"do,omitempty"`
	Say          string              `json:"say,omitempty"`
}

type ringTarget struct {
	Extension string `json:"extension"`
}

// goesOn reports whether a caller of whom a policy did something still waits for an agent.
func goesOn(d desk.Deed) bool { return d == desk.DoNothing || d == desk.DoMessage }

func (v *Voice) answer(w http.ResponseWriter, r *http.Request, c call, got desk.Received, t turn) {
	who, _ := v.Directory().Agent(t.agent)
	extension := who.Extension
	if !goesOn(t.do) {
		extension = ""
	}
	rings := c.news && c.event.Type == desk.CallRings
	if c.settings.Provider == "twilio" {
		doc := twiML{}
		if rings {
			doc = twilioTurn(t, extension, c.settings.Dial, string(c.inbox.ID))
		}
		raw, err := xml.Marshal(doc)
		if err != nil {
			v.refuse(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/xml")
		_, _ = w.Write(append([]byte(xml.Header), raw...)) //nolint:gosec // escaped by the encoder; the record has it: a reader that left asks again
		return
	}
	out := reply{Conversation: got.Conversation, Duplicate: got.Duplicate}
	if rings {
		out.Do, out.Say = t.do, t.say
		out.Queue = extension == "" && goesOn(t.do)
		if extension != "" {
			out.Ring = &ringTarget{Extension: extension}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(out); err != nil {
		v.Log.DebugContext(r.Context(), "voice: the exchange hung up before the answer", "err", err)
	}
}

// twiML is what Twilio is told: say something, then ring one address, wait in a queue of the inbox's name, take a
// message, or, when there is nothing more, hang up.
type twiML struct {
	XMLName xml.Name `xml:"Response"`
	Say     *say     `xml:"Say,omitempty"`
	Dial    *dial    `xml:"Dial,omitempty"`
	Enqueue string   `xml:"Enqueue,omitempty"`
	Record  *record  `xml:"Record,omitempty"`
}

type say struct {
	Language string `xml:"language,attr,omitempty"`
	Text     string `xml:",chardata"`
}

type dial struct {
	Timeout int    `xml:"timeout,attr"`
	Sip     string `xml:"Sip,omitempty"`
	Number  string `xml:"Number,omitempty"`
}

type record struct {
	MaxLength int  `xml:"maxLength,attr"` // seconds
	Beep      bool `xml:"playBeep,attr"`
}

// maxMessage is how long a message on the phone may be, in seconds.
const maxMessage = 300

// twilioTurn says it in Twilio's words. template holds "{extension}": sip:{extension}@pbx.example.com, or a number.
func twilioTurn(t turn, extension, template, queue string) twiML {
	var out twiML
	if t.say != "" {
		out.Say = &say{Text: t.say}
		if strings.ContainsFunc(t.say, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			out.Say.Language = "zh-CN" // the default voice reads English
		}
	}
	switch target := strings.ReplaceAll(template, "{extension}", url.PathEscape(extension)); {
	case t.do == desk.DoVoicemail:
		out.Record = &record{MaxLength: maxMessage, Beep: true}
	case !goesOn(t.do):
	case extension == "" || template == "":
		out.Enqueue = queue
	case strings.HasPrefix(target, "sip:") || strings.HasPrefix(target, "sips:"):
		out.Dial = &dial{Timeout: ringSeconds, Sip: target}
	default:
		out.Dial = &dial{Timeout: ringSeconds, Number: target}
	}
	return out
}

// ringSeconds is how long Twilio rings the agent before it asks again; an offer rings as long by default.
const ringSeconds = 30
