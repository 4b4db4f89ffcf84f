package chat

import (
	"bytes"
	"encoding/json"
	"io"
	"time"
	"unicode/utf8"

	"yingda/channels"
	"yingda/desk"
)

// frameVersion is v of every frame in both directions.
const frameVersion = 1

// Limits of what a widget may say.
const (
	maxText  = desk.MaxChatText
	maxFiles = 10
	maxID    = 64       // characters of a client id
	maxFrame = 64 << 10 // bytes: 8,000 characters of four bytes, and the rest
)

// Types of the frames a widget sends.
const (
	frHello     = "hello"     // token, conversation and after: the last number this tab has
	frSend      = "send"      // client_id, text, files
	frTyping    = "typing"    // on
	frDelivered = "delivered" // number: this tab has all up to it
	frRead      = "read"      // number: a visible viewport showed all up to it (UP-W8)
	frResume    = "resume"    // after: say again what came later
	frEarlier   = "earlier"   // before: what was said before it
	frPing      = "ping"      // answered by pong: a page cannot hear the line's own pings
)

// inFrame is one frame from a widget. Every type uses some of the fields; unknown ones are refused.
type inFrame struct {
	V            int                 `json:"v"`
	Type         string              `json:"type"`
	Token        string              `json:"token,omitempty"`
	Lang         string              `json:"lang,omitempty"`
	Conversation desk.ConversationID `json:"conversation,omitempty"`
	After        int64               `json:"after,omitempty"`
	Before       int64               `json:"before,omitempty"`
	Number       int64               `json:"number,omitempty"`
	ClientID     string              `json:"client_id,omitempty"`
	Text         string              `json:"text,omitempty"`
	Files        []string            `json:"files,omitempty"` // upload tickets
	On           bool                `json:"on,omitempty"`
}

// decode reads one frame. Errors: Invalid frame_invalid, frame_version, frame_type, client_id_invalid, text_empty;
// TooLarge text_too_long, too_many_files.
func decode(raw []byte) (inFrame, error) {
	var f inFrame
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return inFrame{}, &desk.Error{Code: desk.Invalid, Reason: "frame_invalid", Err: err}
	}
	if _, err := d.Token(); err != io.EOF {
		return inFrame{}, desk.Refuse(desk.Invalid, "frame_invalid")
	}
	if f.V != frameVersion {
		return f, desk.Refuse(desk.Invalid, "frame_version")
	}
	switch f.Type {
	case frHello, frTyping, frDelivered, frRead, frResume, frEarlier, frPing:
		if f.After < 0 || f.Before < 0 || f.Number < 0 {
			return f, desk.Refuse(desk.Invalid, "frame_invalid")
		}
		return f, nil
	case frSend:
		return f, f.checkSend()
	}
	return f, desk.Refuse(desk.Invalid, "frame_type")
}

func (f inFrame) checkSend() error {
	if f.ClientID == "" || len(f.ClientID) > maxID || !printable(f.ClientID) {
		return desk.Refuse(desk.Invalid, "client_id_invalid")
	}
	if n := utf8.RuneCountInString(f.Text); n > maxText {
		return desk.Refuse(desk.TooLarge, "text_too_long", "max", itoa(maxText), "length", itoa(n))
	}
	if len(f.Files) > maxFiles {
		return desk.Refuse(desk.TooLarge, "too_many_files", "max", itoa(maxFiles))
	}
	if blank(f.Text) && len(f.Files) == 0 {
		return desk.Refuse(desk.Invalid, "text_empty")
	}
	return nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// The frames a server sends.
type (
	head struct {
		V    int    `json:"v"`
		Type string `json:"type"`
	}
	// welcomeFrame answers hello. History follows; what the tab had of another conversation is stale.
	welcomeFrame struct {
		head
		Conversation desk.ConversationID `json:"conversation"`
		Status       desk.Status         `json:"status"` // "" when nothing was said yet
		Agent        string              `json:"agent"`  // who is here, "" nobody yet
		Read         int64               `json:"read"`   // the desk has read the visitor's words up to it
		Seen         int64               `json:"seen"`   // the visitor has read ours up to it
		Last         int64               `json:"last"`   // number of the newest entry
		Open         bool                `json:"open"`
		Now          time.Time           `json:"now"`
	}
	// historyFrame brings entries in ascending order. Earlier: they belong before what is there, and More are left.
	historyFrame struct {
		head
		Conversation desk.ConversationID `json:"conversation"`
		Messages     []messageBody       `json:"messages"`
		Earlier      bool                `json:"earlier,omitempty"`
		More         bool                `json:"more,omitempty"`
	}
	messageFrame struct {
		head
		Conversation desk.ConversationID `json:"conversation"`
		Message      messageBody         `json:"message"`
	}
	ackFrame struct {
		head
		ClientID     string              `json:"client_id"`
		Number       int64               `json:"number"`
		Conversation desk.ConversationID `json:"conversation"`
	}
	typingFrame struct {
		head
		On   bool   `json:"on"`
		Name string `json:"name"`
	}
	ticksFrame struct {
		head
		Conversation desk.ConversationID `json:"conversation"`
		Read         int64               `json:"read"`
	}
	// queueFrame says where the visitor stands. Waiting false: not any more. Reason "urgent": the number grew because
	// somebody with an urgent case went first.
	queueFrame struct {
		head
		Waiting  bool   `json:"waiting"`
		Position int    `json:"position,omitempty"`
		LowS     int    `json:"low_s,omitempty"`
		HighS    int    `json:"high_s,omitempty"`
		Reason   string `json:"reason,omitempty"`
	}
	joinedFrame struct {
		head
		Name string `json:"name"`
	}
	statusFrame struct {
		head
		Conversation desk.ConversationID `json:"conversation"`
		Status       desk.Status         `json:"status"`
	}
	// movedFrame says that the matter goes on by mail or by phone, as the visitor wished, and whether it stands in line
	// where it stood here.
	movedFrame struct {
		head
		Conversation desk.ConversationID `json:"conversation"`
		Way          string              `json:"way"` // mail, call
		Kept         bool                `json:"kept"`
	}
	errorFrame struct {
		head
		channels.Problem
		ClientID string `json:"client_id,omitempty"` // the send that was refused
	}
)

// messageBody is one entry as a visitor sees it.
type messageBody struct {
	Number   int64      `json:"number"`
	Mine     bool       `json:"mine"`
	Name     string     `json:"name,omitempty"` // of whoever answers
	Text     string     `json:"text"`
	At       time.Time  `json:"at"`
	ClientID string     `json:"client_id,omitempty"`
	Auto     bool       `json:"auto,omitempty"`
	Files    []fileBody `json:"files,omitempty"`
}

type fileBody struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Size  int64  `json:"size"`
	URL   string `json:"url"`
	Image bool   `json:"image"`
}

func kind(t string) head { return head{V: frameVersion, Type: t} }

// encode turns a frame of ours into bytes, once for all sockets.
func encode(frame any) []byte {
	raw, err := json.Marshal(frame)
	if err != nil {
		panic("chat: a frame of ours does not encode: " + err.Error()) // a type above is wrong
	}
	return raw
}
