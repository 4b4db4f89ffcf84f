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
	callPromised // a routing policy promised to call back
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
	moved    // to another queue
	changed  // priority, tier, tags, language, owner, policy or calendar
	inHand   // an agent has it, or has it again
	released // nobody does
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
	halts                // pauses, whatever the policy
	resumes              // with the time it had left
	again                // the one this met runs again, from its original start
	goesOn               // runs again, the time so far kept
	marks                // runs on, marked: a person must decide
	earlier              // the earlier due of the two survives
	changes              // the new time from the original start, less the pauses
	carries              // starts, resumes, or runs again: the time so far is kept
	stands               // pauses from the moment our words reached the customer
	unstands             // the pause this made did not happen
	renews               // is met, and starts anew from there
	handsOn              // is met, and starts anew under the terms of the new queue
)

// order is that of the columns.
var order = [...]desk.Target{
	desk.Answer, desk.FirstResponse, desk.NextResponse, desk.Resolution, desk.Callback,
	desk.RequesterWait, desk.AgentWork, desk.Update, desk.Group,
}

// table is the promise about clocks, as docs/sla.md publishes it. What is not in it (notes, automatic replies, bots,
// surveys, greetings, ticks for delivered and read, offers, presence) does nothing to any clock.
var table = map[event][len(order)]deed{
	//                answer   first    next     resolut. callback requester work   update   group
	callRings:       {starts, _______, _______, startsF, _______, carries, _______, _______, startsF},
	callAnswered:    {pickedUp, _______, _______, startsF, cancels, stands, _______, _______, startsF},
	callMissed:      {cancels, _______, _______, startsF, starts, carries, _______, _______, startsF},
	customerReached: {_______, _______, _______, _______, isMet, stands, _______, _______, _______},
	callPromised:    {cancels, _______, _______, _______, starts, _______, _______, _______, _______},
	firstMessage:    {startsC, starts, starts, startsF, _______, carries, _______, starts, startsF},
	laterMessage:    {_______, _______, starts, startsF, _______, carries, _______, starts, startsF},
	humanReply:      {isMetC, isMet, isMet, _______, _______, stands, _______, renews, _______},
	replyFailed:     {_______, again, again, _______, _______, unstands, _______, again, _______},
	replyUnknown:    {_______, marks, marks, _______, _______, marks, _______, marks, _______},
	waits:           {_______, _______, _______, pauses, _______, _______, _______, halts, pauses},
	wakes:           {_______, _______, _______, resumes, _______, _______, _______, resumes, resumes},
	resolved:        {cancels, cancels, cancels, isMet, cancels, isMet, isMet, cancels, isMet},
	reopened:        {_______, _______, _______, goesOn, _______, _______, _______, starts, goesOn},
	merged:          {cancels, cancels, cancels, cancels, cancels, cancels, cancels, cancels, cancels},
	absorbed:        {_______, _______, earlier, _______, _______, _______, _______, _______, _______},
	moved:           {changes, changes, changes, changes, changes, changes, changes, changes, handsOn},
	changed:         {changes, changes, changes, changes, changes, changes, changes, changes, changes},
	inHand:          {_______, _______, _______, _______, _______, _______, carries, _______, _______},
	released:        {_______, _______, _______, _______, _______, _______, halts, _______, _______},
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
	case desk.QueueChanged:
		return moved
	case desk.PriorityChanged, desk.TierChanged, desk.TagsChanged, desk.LocaleChanged, desk.OwnerChanged, desk.TargetsReviewed:
		return changed
	case desk.Assigned, desk.Resumed:
		return inHand
	case desk.Released:
		return released
	case desk.Merged:
		return merged
	case desk.Absorbed:
		return absorbed
	case desk.CustomerReached, desk.CalledBack:
		return customerReached
	case desk.PolicyActed:
		if f.Do == desk.DoCallback {
			return callPromised
		}
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
