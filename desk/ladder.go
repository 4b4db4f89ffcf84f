package desk

import (
	"context"
	"slices"
	"strconv"
	"time"
)

// RecipientKind says whom a step of a ladder tells.
type RecipientKind string

// The kinds of recipient. ID is used by the last three.
const (
	ToAssignee    RecipientKind = "assignee"
	ToOwner       RecipientKind = "owner"       // of the customer (专属客服)
	ToTeamLeads   RecipientKind = "team_leads"  // of the teams that serve the queue
	ToSupervisors RecipientKind = "supervisors" // those who see the queue; without any, all; without any, administrators
	ToAgent       RecipientKind = "agent"
	ToMail        RecipientKind = "mail" // a mail address of ours, such as a duty list's
	ToWebhook     RecipientKind = "webhook"
)

// Recipient is one of those a step tells.
type Recipient struct {
	Kind RecipientKind `json:"kind" yaml:"kind" enum:"assignee,owner,team_leads,supervisors,agent,mail,webhook"`
	ID   string        `json:"id,omitempty" yaml:"id" doc:"an agent's or webhook's id, or a mail address"`
}

// Problem is what is wrong with a recipient, and of which of its fields ("kind" or "id"); both are empty when it is fine.
func (r Recipient) Problem() (field, why string) {
	switch r.Kind {
	case ToAssignee, ToOwner, ToTeamLeads, ToSupervisors:
		if r.ID != "" {
			return "id", string(r.Kind) + " takes none"
		}
	case ToAgent, ToWebhook:
		if r.ID == "" {
			return "id", "is required for " + string(r.Kind)
		}
	case ToMail:
		if !AddressFits(r.ID) {
			return "id", strconv.Quote(r.ID) + " is no mail address"
		}
	default:
		return "kind", strconv.Quote(string(r.Kind)) + " is none of assignee, owner, team_leads, supervisors, agent, mail, webhook"
	}
	return "", ""
}

// LadderStep is a step of a ladder that is taken now.
type LadderStep struct {
	To   []Recipient
	Mail bool // agents are told by mail as well as on the console
}

// Climb is steps taken now, and where the ladder stands after them.
type Climb struct {
	Taken []LadderStep
	Rung  Rung
}

// Ascent is an announcement whose ladder is to be climbed from step From.
type Ascent struct {
	Notice NoticeKey
	From   int
	Climb  Climb
}

// Ladder is an announcement whose next step may be due, as the record has it.
type Ladder struct {
	Notice NoticeKey
	Rung   Rung
	At     time.Time // when it was announced
	Clock  Clock
}

// ladderPause is how long a ladder whose clock stands waits before it is looked at again.
const ladderPause = time.Minute

// Ascend takes steps of ladders in one unit, each once over all nodes and restarts. The ladder of a clock that ended,
// got another due moment, or was acknowledged ends; that of a clock that stands waits. It reports how many moved.
// Errors: those of [Store.Update].
func (s *Service) Ascend(ctx context.Context, list []Ascent) (int, error) {
	now := s.instant()
	var about About
	for _, a := range list {
		about.Conversations = append(about.Conversations, a.Notice.Conversation)
		about.Notices = append(about.Notices, a.Notice)
	}
	moved := 0
	err := s.update(ctx, about, func(tx Tx) error {
		moved = 0
		for _, a := range list {
			ok, err := s.ascend(tx, a, now)
			if err != nil {
				return err
			}
			if ok {
				moved++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return moved, nil
}

func (s *Service) ascend(tx Tx, a Ascent, now time.Time) (bool, error) {
	u, err := s.load(tx, System(), a.Notice.Conversation, now)
	if CodeOf(err) == NotFound {
		return false, nil // erased, and its announcements with it
	}
	if err != nil {
		return false, err
	}
	k := u.clock(a.Notice.Target, a.Notice.N)
	switch {
	case k == nil, k.Ended(), k.Waived(), k.DueVersion != a.Notice.DueVersion, k.Acknowledged(a.Notice.Level):
		return tx.Climb(a.Notice, a.From, Rung{Step: a.From})
	case !k.PausedAt.IsZero():
		return tx.Climb(a.Notice, a.From, Rung{Step: a.From, At: now.Add(ladderPause)})
	}
	if ok, err := tx.Climb(a.Notice, a.From, a.Climb.Rung); err != nil || !ok {
		return false, err
	}
	return true, u.append(AboutConversation, string(u.conv.ID), u.escalations(*k, a.Notice.Level, a.Climb)...)
}

// escalations are the facts of the steps a climb takes. One that says again what another clock has said tells nobody.
func (u *unit) escalations(k Clock, level int, c Climb) []Fact {
	if k.ShadowedBy(u.clocks) {
		return nil
	}
	var out []Fact
	for i, step := range c.Taken {
		out = append(out, ClockEscalated{
			Clock: k, Level: level, Step: c.Rung.Step - len(c.Taken) + i + 1, To: step.To, Told: u.who(step.To), Mail: step.Mail,
		})
	}
	return out
}

// who are the agents that recipients stand for.
func (u *unit) who(to []Recipient) []AgentID {
	return whoOf(u.s.dir(), to, u.conv.Queue, func(k RecipientKind) AgentID {
		if k == ToAssignee {
			return u.conv.Assignee
		}
		c, err := u.tx.Contact(u.conv.Contact)
		if err != nil {
			return "" // one that was erased has no owner
		}
		return c.Owner
	})
}

// whoOf are the agents that recipients stand for, where a queue is concerned: once each, none that is disabled. own
// finds the assignee and the customer's owner.
func whoOf(d Directory, to []Recipient, q QueueID, own func(RecipientKind) AgentID) []AgentID {
	var out []AgentID
	add := func(ids ...AgentID) {
		for _, id := range ids {
			if a, ok := d.Agent(id); ok && !a.Disabled && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	for _, r := range to {
		switch r.Kind {
		case ToAssignee, ToOwner:
			add(own(r.Kind))
		case ToTeamLeads:
			for _, t := range d.Teams() {
				if slices.Contains(t.Queues, q) {
					add(t.Leads...)
				}
			}
		case ToSupervisors:
			add(supervisors(d, q)...)
		case ToAgent:
			add(AgentID(r.ID))
		case ToMail, ToWebhook: // no agents
		}
	}
	return out
}

// supervisors are those of a queue: who lead or serve in one of its teams; without any all supervisors, and without
// any the administrators: somebody always hears.
func supervisors(d Directory, q QueueID) []AgentID {
	var near, all, over []AgentID
	for _, a := range d.Agents() {
		switch {
		case a.Disabled:
		case a.Role == RoleAdministrator:
			over = append(over, a.ID)
		case a.Role == RoleSupervisor:
			all = append(all, a.ID)
			if slices.Contains(QueuesOf(d, a), q) || leads(d, a.ID, q) {
				near = append(near, a.ID)
			}
		}
	}
	switch {
	case len(near) > 0:
		return near
	case len(all) > 0:
		return all
	}
	return over
}

func leads(d Directory, a AgentID, q QueueID) bool {
	return slices.ContainsFunc(d.Teams(), func(t Team) bool { return slices.Contains(t.Queues, q) && slices.Contains(t.Leads, a) })
}

// Acknowledge says "I have it" of the running clock of a target: its ladder stops. Said again by the same agent it
// changes nothing; another agent takes it over. Errors: NotFound; Conflict "no_clock" when none of the target runs or
// stands.
func (s *Service) Acknowledge(ctx context.Context, actor Actor, id ConversationID, t Target) error {
	return s.on(ctx, actor, id, func(u *unit) error {
		i := slices.IndexFunc(u.clocks, func(c Clock) bool { return c.Target == t && !c.Ended() })
		if i < 0 {
			return Refuse(Conflict, "no_clock", "target", string(t))
		}
		k := u.clocks[i]
		level := 0
		if !k.BreachedAt.IsZero() {
			level = BreachLevel
		}
		if k.AckBy == AgentID(actor.ID) && k.Acknowledged(level) {
			return nil
		}
		u.note(ClockAcknowledged{Target: t, N: k.N, DueVersion: k.DueVersion, Agent: AgentID(actor.ID)})
		return nil
	})
}
