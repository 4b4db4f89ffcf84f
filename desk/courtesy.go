package desk

import (
	"slices"
	"strings"
	"time"
)

// Courtesy writes acknowledgements of what customers send. It is asked inside a unit: it must be pure and quick.
type Courtesy interface {
	// Acknowledge returns the words for a conversation that a mail just opened, or false when the inbox sends none.
	Acknowledge(a Acknowledgement) (Body, bool)
}

// Reassurer is a [Courtesy] that can also tell a customer, at the end of the day, by when they hear from us.
type Reassurer interface {
	// Reassure returns the words, or false where nothing is promised.
	Reassure(a Acknowledgement) (Body, bool)
}

// Acknowledgement is what is known when one is written: the clocks already run.
type Acknowledgement struct {
	Inbox        Inbox
	Conversation Conversation
	Clocks       []Clock
	Message      Message
	Now          time.Time
}

// Promised is the moment by which a person answers: the earliest running response clock's. Zero: nothing is promised.
func (a Acknowledgement) Promised() time.Time {
	var due time.Time
	for _, k := range a.Clocks {
		if k.Running() && k.Target.Response() && (due.IsZero() || k.DueAt.Before(due)) {
			due = k.DueAt
		}
	}
	return due
}

// MaxGreetings is how many automatic mails one address gets in GreetingSpan, whatever happens: a machine that answers
// machines must come to an end (UP-E7).
const (
	MaxGreetings = 3
	GreetingSpan = time.Hour
)

// robots begin the local parts of addresses that nobody reads.
var robots = []string{
	"noreply", "no-reply", "no_reply", "no.reply", "donotreply", "do-not-reply", "do_not_reply", "mailer-daemon", "mailerdaemon",
	"postmaster", "bounce", "bounces", "auto-reply", "autoreply", "notification", "notifications", "listserv", "majordomo",
}

// robot reports whether an address (lower case) says itself that a machine stands behind it. RFC 3834 2: such are not
// answered automatically, owner- and -request of lists neither.
func robot(address string) bool {
	local, _, _ := strings.Cut(address, "@")
	if strings.HasPrefix(local, "owner-") || strings.HasSuffix(local, "-request") || strings.HasSuffix(local, "-bounces") {
		return true
	}
	return slices.ContainsFunc(robots, func(r string) bool {
		rest, begins := strings.CutPrefix(local, r)
		return begins && (rest == "" || strings.ContainsAny(rest[:1], "+-_.="))
	})
}

// greets says whether a mail that opened a conversation is to be acknowledged: a person's, from an address that is
// neither a machine's nor ours. One conversation is opened once, so that it is acknowledged once at most.
func (r *receiver) greets(m *Message, isNew bool) bool {
	if r.s.courtesy == nil || !isNew || r.quiet() || m.Medium != Email || m.Unverified || r.in.NoGreeting {
		return false
	}
	return r.s.writable(lower(m.From))
}

// writable reports whether an address (lower case) may get automatic mail: it is neither a machine's nor ours.
func (s *Service) writable(address string) bool {
	if address == "" || robot(address) {
		return false
	}
	return !slices.ContainsFunc(s.dir().Inboxes(), func(i Inbox) bool { return strings.EqualFold(i.Address, address) })
}

// acknowledge writes the acknowledgement as one more message of ours. Nothing about it may keep the customer's mail
// out: an address that is suppressed, or had its share, gets none.
func (u *unit) acknowledge(m Message, id MessageID) error {
	inbox, _ := u.s.dir().Inbox(u.conv.Inbox)
	a := Acknowledgement{Inbox: inbox, Conversation: u.conv, Clocks: u.clocks, Message: m, Now: u.now}
	body, ok := u.s.courtesy.Acknowledge(a)
	if !ok {
		return nil
	}
	before := u.conv.Messages
	err := u.courteous(Message{
		ID: id, Direction: Out, Author: System(), AuthorName: inbox.Name, Body: body, Subject: u.conv.Subject, Auto: Greeting,
		To: []Address{m.From}, InReplyTo: m.ID,
	})
	if err != nil || u.conv.Messages == before || a.Promised().IsZero() {
		return err
	}
	return u.tellPromised(m.ID)
}
