package webui

// The frames of the console's socket, registered as schemas so that the page's types come from here.

// FrameHead begins every frame from the server.
type FrameHead struct {
	V      int    `json:"v" doc:"1"`
	N      int64  `json:"n" doc:"number on this connection, from 1 without gaps"`
	Cursor string `json:"cursor" doc:"opaque: say the last one that was not empty in hello, to resume after it; what was heard since then comes again"`
}

// Frames from the server, by kind.
type (
	// WelcomeFrame answers hello. With Resumed false the page loads its snapshots again.
	WelcomeFrame struct {
		FrameHead
		Kind       string `json:"kind" enum:"welcome"`
		Resumed    bool   `json:"resumed"`
		ServerTime Time   `json:"server_time"`
	}
	// ConversationFrame has a whole row after any change.
	ConversationFrame struct {
		FrameHead
		Kind         string       `json:"kind" enum:"conversation"`
		Conversation Conversation `json:"conversation"`
	}
	// RemovedFrame says that a conversation left one's scope.
	RemovedFrame struct {
		FrameHead
		Kind string `json:"kind" enum:"removed"`
		ID   string `json:"id"`
	}
	// MessageFrame has a new message of a conversation one watches or is assigned.
	MessageFrame struct {
		FrameHead
		Kind    string  `json:"kind" enum:"message"`
		Message Message `json:"message"`
	}
	// MessageChangedFrame has a message whose delivery or call changed.
	MessageChangedFrame struct {
		FrameHead
		Kind    string  `json:"kind" enum:"message_changed"`
		Message Message `json:"message"`
	}
	// EventFrame has a history line of a conversation one watches.
	EventFrame struct {
		FrameHead
		Kind         string `json:"kind" enum:"event"`
		Conversation string `json:"conversation"`
		Event        Event  `json:"event"`
	}
	// OfferFrame has an offer made to me.
	OfferFrame struct {
		FrameHead
		Kind  string `json:"kind" enum:"offer"`
		Offer Offer  `json:"offer"`
	}
	// OfferGoneFrame says that an offer of mine ended.
	OfferGoneFrame struct {
		FrameHead
		Kind         string `json:"kind" enum:"offer_gone"`
		ID           string `json:"id"`
		Conversation string `json:"conversation"`
		Reason       string `json:"reason" enum:"accepted,declined,expired,withdrawn"`
		By           string `json:"by"`
	}
	// PresenceFrame has an agent's new state.
	PresenceFrame struct {
		FrameHead
		Kind     string   `json:"kind" enum:"presence"`
		Presence Presence `json:"presence"`
	}
	// ContactFrame has a contact that changed.
	ContactFrame struct {
		FrameHead
		Kind    string  `json:"kind" enum:"contact"`
		Contact Contact `json:"contact"`
	}
	// EscalationFrame tells me of a promise that a step of its policy's ladder names me for.
	EscalationFrame struct {
		FrameHead
		Kind         string       `json:"kind" enum:"escalation"`
		Conversation Conversation `json:"conversation"`
		Clock        Clock        `json:"clock"`
		Level        int          `json:"level" doc:"per cent of the time; 100 is the breach"`
		Step         int          `json:"step" doc:"counts the steps of the level from 1"`
	}
	// ClockFrame announces a warning or a breach.
	ClockFrame struct {
		FrameHead
		Kind         string       `json:"kind" enum:"clock"`
		Conversation Conversation `json:"conversation"`
		Clock        Clock        `json:"clock"`
		What         string       `json:"what" enum:"warned,breached"`
		Level        int          `json:"level" doc:"per cent of the time gone; 100 for a breach"`
	}
	// BoardFrame has the board's rows that changed (topic board).
	BoardFrame struct {
		FrameHead
		Kind        string       `json:"kind" enum:"board"`
		Queues      []BoardQueue `json:"queues"`
		Agents      []BoardAgent `json:"agents"`
		LateChanged bool         `json:"late_changed"`
		Waivers     int          `json:"waivers" doc:"as on the board"`
	}
	// ChannelFrame says that an inbox's connection went up or down.
	ChannelFrame struct {
		FrameHead
		Kind    string  `json:"kind" enum:"channel"`
		Channel Channel `json:"channel"`
	}
	// SettingFrame says that a settings document changed: load the directory again.
	SettingFrame struct {
		FrameHead
		Kind    string `json:"kind" enum:"setting"`
		Setting string `json:"setting" enum:"inbox,queue,team,agent,skill,canned,tag,tiers,policy,calendar,holidays,review,webhook,alert,reason,leave,routing,routing_draft"`
		ID      string `json:"id"`
	}
	// TypingFrame says that somebody types in a conversation one watches. Text is never sent.
	TypingFrame struct {
		FrameHead
		Kind         string `json:"kind" enum:"typing"`
		Conversation string `json:"conversation"`
		Who          Who    `json:"who"`
		On           bool   `json:"on"`
	}
	// ViewingFrame lists the agents who have a conversation on screen now.
	ViewingFrame struct {
		FrameHead
		Kind         string   `json:"kind" enum:"viewing"`
		Conversation string   `json:"conversation"`
		Agents       []string `json:"agents"`
	}
	// PongFrame answers ping, so that a page can measure its clock.
	PongFrame struct {
		FrameHead
		Kind       string `json:"kind" enum:"pong"`
		ServerTime Time   `json:"server_time"`
	}
	// ResyncFrame comes before close 4008: connect again and load the snapshots.
	ResyncFrame struct {
		FrameHead
		Kind string `json:"kind" enum:"resync"`
	}
	// SignedOutFrame comes before close 4001.
	SignedOutFrame struct {
		FrameHead
		Kind string `json:"kind" enum:"signed_out"`
	}
)

// Frames from the page.
type (
	// HelloFrame is the first frame: where one left off ("" : nowhere) and what one watches.
	HelloFrame struct {
		Kind   string   `json:"kind" enum:"hello"`
		Cursor string   `json:"cursor"`
		Topics []string `json:"topics,omitempty"`
	}
	// WatchFrame replaces the set of topics: conversation:<id> and board.
	WatchFrame struct {
		Kind   string   `json:"kind" enum:"watch"`
		Topics []string `json:"topics" maxItems:"50"`
	}
	// TypingSignal says that I type.
	TypingSignal struct {
		Kind         string `json:"kind" enum:"typing"`
		Conversation string `json:"conversation"`
		On           bool   `json:"on"`
	}
	// ViewingSignal says which conversation I have on screen, or none.
	ViewingSignal struct {
		Kind         string `json:"kind" enum:"viewing"`
		Conversation string `json:"conversation"`
	}
	// PingFrame asks for a pong.
	PingFrame struct {
		Kind string `json:"kind" enum:"ping"`
	}
)

// Close codes of the socket.
const (
	closeSignedOut = 4001
	closeResync    = 4008
)
