package sla

import "yingda/desk"

// event is a fact as the table below sees it.
type event int

const (
	nothing event = iota
	callRings
	callAnswered
	callMissed
	customerReached
	firstMessage
	laterMessage
	humanReply
	replyFailed
	replyUnknown
	waits // pending or snoozed
	wakes // open again
	resolved
	reopened
	merged
	absorbed
	changed // priority, tier, queue, policy or calendar
)

// deed is what an event does to the clocks of one target.
type deed int

const (
	_______  deed = iota // nothing: it runs on, stands or is not there
	starts               // unless one runs or stands
	startsC              // starts, in chats only
	startsF              // starts where there never was one
	isMet                // 达成
	isMetC               // is met, in chats only
	pickedUp             // is met, also when it was taken for missed before
	cancels              // falls away, counted apart
	pauses               // unless the policy forbids
	resumes              // with the time it had left
	again                // the one this met runs again, from its original start
	goesOn               // runs again, the time so far kept
	marks                // runs on, marked: a person must decide
	earlier              // the earlier due of the two survives
	changes              // the new time from the original start, less the pauses
)

// order is that of the columns.
var order = [...]desk.Target{desk.Answer, desk.FirstResponse, desk.NextResponse, desk.Resolution, desk.Callback}

// table is the promise about clocks, as docs/sla.md publishes it. What is not in it (notes, automatic replies, bots,
// surveys, greetings, ticks for delivered and read, assignment, presence) does nothing to any clock.
var table = map[event][len(order)]deed{
	//                answer   first    next     resolution callback
	callRings:       {starts, _______, _______, startsF, _______},
	callAnswered:    {pickedUp, _______, _______, startsF, cancels},
	callMissed:      {cancels, _______, _______, startsF, starts},
	customerReached: {_______, _______, _______, _______, isMet},
	firstMessage:    {startsC, starts, starts, startsF, _______},
	laterMessage:    {_______, _______, starts, startsF, _______},
	humanReply:      {isMetC, isMet, isMet, _______, _______},
	replyFailed:     {_______, again, again, _______, _______},
	replyUnknown:    {_______, marks, marks, _______, _______},
	waits:           {_______, _______, _______, pauses, _______},
	wakes:           {_______, _______, _______, resumes, _______},
	resolved:        {cancels, cancels, cancels, isMet, cancels},
	reopened:        {_______, _______, _______, goesOn, _______},
	merged:          {cancels, cancels, cancels, cancels, cancels},
	absorbed:        {_______, _______, earlier, _______, _______},
	changed:         {changes, changes, changes, changes, changes},
}

// eventOf names what a fact means for clocks.
func eventOf(f desk.Fact) event {
	switch f := f.(type) {
	case desk.MessageReceived:
		switch {
		case f.History || f.Auto != desk.ByHuman:
			return nothing
		case f.Number <= 1:
			return firstMessage
		}
		return laterMessage
	case desk.MessageSent:
		if f.Human {
			return humanReply
		}
	case desk.MessageFailed:
		return replyFailed
	case desk.MessageUnknown:
		return replyUnknown
	case desk.StatusChanged:
		return statusEvent(f)
	case desk.PriorityChanged, desk.TierChanged, desk.QueueChanged, desk.TargetsReviewed:
		return changed
	case desk.Merged:
		return merged
	case desk.Absorbed:
		return absorbed
	case desk.CustomerReached, desk.CalledBack:
		return customerReached
	}
	return callEvent(f)
}

func statusEvent(f desk.StatusChanged) event {
	switch {
	case f.To == desk.Resolved:
		return resolved
	case f.From == desk.Resolved:
		return reopened
	case f.To == desk.Pending || f.To == desk.Snoozed:
		return waits
	case f.To == desk.Open:
		return wakes
	}
	return nothing
}

// callEvent reads the state of a call, not only the fact's name: events may be lost or come late (UP-V1, UP-V2), and
// an answer that becomes known afterwards counts. Calls of ours start nothing.
func callEvent(f desk.Fact) event {
	var c desk.Call
	rings := false
	switch f := f.(type) {
	case desk.CallRinging:
		c, rings = f.Call, true
	case desk.CallAnswered:
		c = f.Call
	case desk.CallEnded:
		c = f.Call
	case desk.CallNoted:
		if f.Call.Outcome != desk.OutcomeAnswered {
			return nothing
		}
		c = f.Call
	default:
		return nothing
	}
	switch {
	case c.Direction == desk.Out:
		return nothing
	case !c.AnsweredAt.IsZero() || c.Outcome == desk.OutcomeAnswered:
		return callAnswered
	case !c.EndedAt.IsZero():
		return callMissed
	case rings:
		return callRings
	}
	return nothing
}
