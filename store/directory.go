package store

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"yingda/desk"
)

// directory is one consistent view of the settings desk reads. It is never changed: a new one takes its place.
type directory struct {
	inboxes map[desk.InboxID]desk.Inbox
	queues  map[desk.QueueID]desk.Queue
	teams   map[desk.TeamID]desk.Team
	agents  map[desk.AgentID]desk.Agent
	review  desk.ReviewPolicy
	reasons map[string]desk.AwayReason
	leave   map[desk.AgentID]desk.Leave

	inboxList []desk.Inbox
	queueList []desk.Queue
	teamList  []desk.Team
	agentList []desk.Agent
	whyAway   []desk.AwayReason

	everyQueue []desk.QueueID // deleted ones too, and "": work may still lie there
}

// Directory is the settings as of the newest commit this process has seen; its own at once, another node's within a
// moment.
func (db *DB) Directory() desk.Directory { return db.dir.Load() }

func (d *directory) Inbox(id desk.InboxID) (desk.Inbox, bool) { v, ok := d.inboxes[id]; return v, ok }

func (d *directory) Queue(id desk.QueueID) (desk.Queue, bool) { v, ok := d.queues[id]; return v, ok }
func (d *directory) Team(id desk.TeamID) (desk.Team, bool)    { v, ok := d.teams[id]; return v, ok }
func (d *directory) Agent(id desk.AgentID) (desk.Agent, bool) { v, ok := d.agents[id]; return v, ok }

// Review is which mails wait for a second pair of eyes.
func (d *directory) Review() desk.ReviewPolicy { return d.review }

// Reasons and Leave are desk.Duties.
func (d *directory) Reasons() []desk.AwayReason { return d.whyAway }

// Leave is the agent's planned leave.
func (d *directory) Leave(a desk.AgentID) []desk.Absence { return d.leave[a].Absences }

func (d *directory) Agents() []desk.Agent  { return d.agentList }
func (d *directory) Queues() []desk.Queue  { return d.queueList }
func (d *directory) Inboxes() []desk.Inbox { return d.inboxList }
func (d *directory) Teams() []desk.Team    { return d.teamList }

// refresh reads the whole directory. When this process wrote settings meanwhile its own stand, and the next to look reads
// again.
func (db *DB) refresh(ctx context.Context) error {
	seq, err := db.LastSeq(ctx)
	if err != nil {
		return err
	}
	docs, err := db.settings(ctx, `WHERE kind IN ('inbox', 'queue', 'team', 'agent', 'review', 'reason', 'leave')`)
	if err != nil {
		return err
	}
	d := &directory{
		inboxes: map[desk.InboxID]desk.Inbox{}, queues: map[desk.QueueID]desk.Queue{},
		teams: map[desk.TeamID]desk.Team{}, agents: map[desk.AgentID]desk.Agent{}, everyQueue: []desk.QueueID{""},
		reasons: map[string]desk.AwayReason{}, leave: map[desk.AgentID]desk.Leave{},
	}
	for _, s := range docs {
		if err := d.set(s); err != nil {
			db.log.ErrorContext(ctx, "settings document does not read", "kind", s.Kind, "id", s.ID, "err", err)
		}
	}
	d.sort()
	db.dirMu.Lock()
	defer db.dirMu.Unlock()
	if seq >= db.dirSeq {
		db.dir.Store(d)
		db.dirSeq = seq
		db.dirRead.Store(seq)
	}
	return nil
}

// applySettings puts this process's own commit into the directory, before the callers are answered.
func (db *DB) applySettings(docs []desk.Setting, seq int64) {
	db.dirMu.Lock()
	defer db.dirMu.Unlock()
	old := db.dir.Load()
	d := &directory{
		inboxes: maps.Clone(old.inboxes), queues: maps.Clone(old.queues),
		teams: maps.Clone(old.teams), agents: maps.Clone(old.agents), review: old.review, everyQueue: slices.Clone(old.everyQueue),
		reasons: maps.Clone(old.reasons), leave: maps.Clone(old.leave),
	}
	for _, s := range docs {
		if err := d.set(s); err != nil {
			db.log.Error("settings document does not read", "kind", s.Kind, "id", s.ID, "err", err)
		}
	}
	d.sort()
	db.dir.Store(d)
	db.dirSeq = seq
}

func (d *directory) set(s desk.Setting) error {
	switch s.Kind {
	case desk.SettingInbox:
		return place(d.inboxes, desk.InboxID(s.ID), s, func(v *desk.Inbox) { v.ID = desk.InboxID(s.ID) })
	case desk.SettingQueue:
		if id := desk.QueueID(s.ID); !slices.Contains(d.everyQueue, id) {
			d.everyQueue = append(d.everyQueue, id)
		}
		return place(d.queues, desk.QueueID(s.ID), s, func(v *desk.Queue) { v.ID = desk.QueueID(s.ID) })
	case desk.SettingTeam:
		return place(d.teams, desk.TeamID(s.ID), s, func(v *desk.Team) { v.ID = desk.TeamID(s.ID) })
	case desk.SettingReason:
		return place(d.reasons, s.ID, s, func(v *desk.AwayReason) { v.ID = s.ID })
	case desk.SettingLeave:
		return place(d.leave, desk.AgentID(s.ID), s, func(v *desk.Leave) { v.Agent = desk.AgentID(s.ID) })
	case desk.SettingReview:
		d.review = desk.ReviewPolicy{}
		if s.Deleted {
			return nil
		}
		return json.Unmarshal(s.Doc, &d.review)
	case desk.SettingAgent:
		return place(d.agents, desk.AgentID(s.ID), s, func(v *desk.Agent) { v.ID = desk.AgentID(s.ID) })
	}
	return nil
}

func place[K comparable, V any](m map[K]V, k K, s desk.Setting, name func(*V)) error {
	if s.Deleted {
		delete(m, k)
		return nil
	}
	var v V
	if err := json.Unmarshal(s.Doc, &v); err != nil {
		return err
	}
	name(&v)
	m[k] = v
	return nil
}

// sort fills the lists, in order of name and then id.
func (d *directory) sort() {
	d.inboxList = listed(d.inboxes, func(a, b desk.Inbox) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	d.queueList = listed(d.queues, func(a, b desk.Queue) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	d.teamList = listed(d.teams, func(a, b desk.Team) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	d.whyAway = listed(d.reasons, func(a, b desk.AwayReason) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID)) })
	d.agentList = listed(d.agents, func(a, b desk.Agent) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
}

func listed[K comparable, V any](m map[K]V, less func(a, b V) int) []V {
	return slices.SortedFunc(maps.Values(m), less)
}
