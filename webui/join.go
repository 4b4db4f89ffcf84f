package webui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"yingda/agents"
	"yingda/desk"
)

// maxResume is how many facts a page may have missed and still resume; beyond it a snapshot is cheaper.
const maxResume = 500

// join lets a socket in where it left off. It runs in the hub's goroutine, between two batches, so that nothing falls
// between what is replayed and what is live.
func (h *Hub) join(s *socket, cursor string) {
	job := func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, hubTimeout)
		defer cancel()
		var frames []frame
		resumed := false
		if seq, ok := h.placeOf(cursor); ok {
			frames, resumed = h.missed(ctx, s, seq)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		s.joined = true
		welcome := WelcomeFrame{Kind: "welcome", Resumed: resumed, ServerTime: at(h.s.Now())}
		h.sendTo(s, append([]frame{{encode(welcome), everybody}}, frames...), h.cursor())
		h.showViews(s)
		h.showBoard(s)
	}
	select {
	case h.jobs <- job:
	case <-h.done:
	case <-s.gone:
	}
}

func (h *Hub) placeOf(cursor string) (int64, bool) {
	var seq int64
	if cursor == "" || h.s.sign.open("live", cursor, &seq) != nil {
		return 0, false
	}
	return seq, true
}

// place is the cursor of now.
func (h *Hub) place() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cursor()
}

// missed makes the frames between seq and now for one socket; false when there are too many or they cannot be read.
func (h *Hub) missed(ctx context.Context, s *socket, seq int64) ([]frame, bool) {
	events, err := h.between(ctx, seq)
	if err != nil || len(events) > maxResume {
		h.warn("resume", err)
		return nil, false
	}
	t, err := h.read(ctx, events)
	if err != nil {
		h.warn("resume", err)
		return nil, false
	}
	frames, told := []frame{}, map[desk.MessageID]bool{}
	for _, e := range events {
		frames = append(frames, h.wordFrames(e, t, told)...)
	}
	for _, r := range t.rows {
		c := forFrames(wireConversation(r, h.board.offeredTo(r.ID)))
		frames = append(frames, frame{encode(ConversationFrame{Kind: "conversation", Conversation: c}), sees(r)})
	}
	for _, e := range events {
		r, known := t.rows[desk.ConversationID(e.Subject.ID)]
		if known && leftBehind(e.Fact, s.scope) && !s.scope.Sees(r) {
			frames = append(frames, frame{encode(RemovedFrame{Kind: "removed", ID: string(r.ID)}), everybody})
		}
		if !counts(e.Fact) {
			frames = append(frames, h.otherFrames(e, t)...)
		}
	}
	return frames, true
}

// errLogBehind is a record that does not have what the hub already told.
var errLogBehind = errors.New("the log ends before the hub's place")

// between reads the facts after seq up to the hub's place, at most maxResume+1; those after it come live. One answer of
// the log may stop short of what other nodes, or a commit of this very moment, wrote: it is asked until it is there.
func (h *Hub) between(ctx context.Context, seq int64) ([]desk.Event, error) {
	var out []desk.Event
	for seq < h.seq && len(out) <= maxResume {
		page, err := h.s.Facts.EventsAfter(ctx, seq, maxResume+1-len(out))
		if err == nil && len(page) == 0 {
			err = errLogBehind
		}
		if err != nil {
			return nil, err
		}
		out = append(out, page...)
		seq = page[len(page)-1].Seq
	}
	return slices.DeleteFunc(out, func(e desk.Event) bool { return e.Seq > h.seq }), nil
}

// counts says that a fact was counted for the board when it was live; a replay must not count it again.
func counts(f desk.Fact) bool {
	switch f.(type) {
	case desk.ClockMet, desk.ClockBreached, desk.WaiverGiven, desk.WaiverUndone, desk.PresenceChanged:
		return true
	}
	return false
}

// leftBehind reports whether a fact took a conversation out of something the scope has.
func leftBehind(f desk.Fact, scope desk.Scope) bool {
	switch f := f.(type) {
	case desk.QueueChanged:
		return scope.HasQueue(f.From)
	case desk.Released:
		return scope.Covers(f.Agent)
	}
	return false
}

// watch replaces what the page watches. A conversation that is foreign or not there is left out in silence: both look
// the same (UP-X3).
func (s *socket) watch(ctx context.Context, topics []string) {
	var ids []desk.ConversationID
	board := false
	for _, t := range topics[:min(len(topics), maxTopics)] {
		if id, ok := strings.CutPrefix(t, "conversation:"); ok && id != "" {
			ids = append(ids, desk.ConversationID(id))
		}
		board = board || t == "board"
	}
	allowed := map[desk.ConversationID]bool{}
	if len(ids) > 0 {
		rows, err := s.h.s.Lists.ConversationRows(ctx, s.agent, ids)
		if err != nil {
			s.h.warn("watch", err)
			s.close(closeResync) // a page that believes it watches must not sit there deaf
			return
		}
		for _, r := range rows {
			allowed[r.ID] = s.scope.Sees(r)
		}
	}
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	clear(s.topics)
	for id, ok := range allowed {
		if ok {
			s.topics[id] = true
		}
	}
	news := board && s.supervises && !s.watchesBoard
	s.watchesBoard = board && s.supervises
	if !s.joined {
		return // the welcome brings both
	}
	if news {
		s.h.showBoard(s)
	}
	s.h.showViews(s)
}

// showViews tells a socket who looks at what it watches. Never before the welcome: such a frame's cursor would stand
// beyond what is yet to be replayed. The caller holds mu.
func (h *Hub) showViews(s *socket) {
	for id := range s.topics {
		if len(h.views[id]) > 0 {
			h.sendTo(s, []frame{h.viewFrame(id)}, h.cursor())
		}
	}
}

// showBoard sends the whole board to a socket that begins to watch it: later frames bring differences to what others
// were told, and what changed since this page read its snapshot may have been told already. The caller holds mu.
func (h *Hub) showBoard(s *socket) {
	if s.watchesBoard {
		queues, agents := h.board.whole(h.s.Now())
		h.sendTo(s, []frame{h.boardFrame(s.scope, queues, agents, true)}, h.cursor())
	}
}

func (s *socket) follows(conversation string) bool {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	return s.topics[desk.ConversationID(conversation)]
}

// rescopeOne looks at one socket after settings changed; the caller holds mu.
func (h *Hub) rescopeOne(s *socket) {
	d := h.s.Dir()
	agent, ok := d.Agent(s.agent)
	if !ok || agent.Disabled {
		s.close(closeSignedOut)
		return
	}
	now := agents.ScopeOf(d, agent)
	same := s.role == agent.Role && now.All == s.scope.All && slices.Equal(now.Queues, s.scope.Queues) && slices.Equal(now.Agents, s.scope.Agents)
	if !same {
		s.close(closeResync)
	}
}

// publish sends a passing signal to everybody who watches, on every node.
func (h *Hub) publish(kind desk.SignalKind, s *socket, id desk.ConversationID, on bool) {
	agent, _ := h.s.Dir().Agent(s.agent)
	h.emit(desk.Signal{Kind: kind, Conversation: id, Actor: desk.AgentActor(s.agent, s.role), Name: agent.Name, On: on})
}

func (h *Hub) emit(sig desk.Signal) {
	if h.s.Signals == nil {
		h.signal(sig)
		return
	}
	h.s.Signals.Publish(sig)
}

// types is typing said by REST.
func (h *Hub) types(v viewer, id desk.ConversationID, on bool) {
	h.emit(desk.Signal{Kind: desk.Typing, Conversation: id, Actor: v.actor(), Name: v.agent.Name, On: on})
}

// signal takes a passing signal, of this node or another. It never waits.
func (h *Hub) signal(sig desk.Signal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var f frame
	switch sig.Kind {
	case desk.Typing:
		w := TypingFrame{
			Kind: "typing", Conversation: string(sig.Conversation), On: sig.On,
			Who: Who{Kind: string(sig.Actor.Kind), ID: sig.Actor.ID, Name: sig.Name},
		}
		self := sig.Actor.Agent()
		f = frame{encode(w), func(s *socket) bool { return s.topics[sig.Conversation] && (self == "" || s.agent != self) }}
	case desk.Viewing:
		if !h.viewed(sig.Conversation, sig.Actor.Agent(), sig.On) {
			return
		}
		f = h.viewFrame(sig.Conversation)
	case desk.Position:
		return
	}
	h.send([]frame{f}, h.cursor())
}

// viewed keeps who looks at what and reports whether that changed; the caller holds mu.
func (h *Hub) viewed(id desk.ConversationID, a desk.AgentID, on bool) bool {
	who := h.views[id]
	_, had := who[a]
	switch {
	case a == "":
		return false
	case on && who == nil:
		h.views[id] = map[desk.AgentID]time.Time{a: h.s.Now()}
	case on:
		who[a] = h.s.Now()
	default:
		delete(who, a)
		if len(who) == 0 {
			delete(h.views, id)
		}
	}
	return had != on
}

// viewFrame lists who looks at a conversation; the caller holds mu.
func (h *Hub) viewFrame(id desk.ConversationID) frame {
	f := ViewingFrame{Kind: "viewing", Conversation: string(id), Agents: []string{}}
	for a := range h.views[id] {
		f.Agents = append(f.Agents, string(a))
	}
	slices.Sort(f.Agents)
	return frame{encode(f), func(s *socket) bool { return s.topics[id] }}
}

// shows notes that a page shows a conversation, or ("") none.
func (h *Hub) shows(s *socket, id desk.ConversationID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id != "" && !s.topics[id] {
		return
	}
	h.look(s, id)
}

// look moves a page's eyes; the caller holds mu, so the signals go out on their own.
func (h *Hub) look(s *socket, id desk.ConversationID) {
	was := s.viewing
	s.viewing = id
	if was != "" && was != id && !h.elsewhere(s, was) {
		go h.publish(desk.Viewing, s, was, false)
	}
	if id != "" {
		go h.publish(desk.Viewing, s, id, true)
	}
}

// elsewhere reports whether the same agent shows the conversation in another page here.
func (h *Hub) elsewhere(s *socket, id desk.ConversationID) bool {
	for other := range h.sockets {
		if other != s && other.agent == s.agent && other.viewing == id {
			return true
		}
	}
	return false
}

// renewViews says again who looks, for nodes that missed it, and forgets whom nobody says any more.
func (h *Hub) renewViews() {
	h.mu.Lock()
	var again []*socket
	for s := range h.sockets {
		if s.viewing != "" {
			again = append(again, s)
		}
	}
	now := h.s.Now()
	for id, who := range h.views {
		for a, said := range who {
			if now.Sub(said) > viewExpires && h.viewed(id, a, false) {
				h.send([]frame{h.viewFrame(id)}, h.cursor())
			}
		}
	}
	h.mu.Unlock()
	for _, s := range again {
		h.mu.Lock()
		id := s.viewing
		h.mu.Unlock()
		if id != "" {
			h.publish(desk.Viewing, s, id, true)
		}
	}
}
