package desk

// The stored names of the facts. A name is never used again for another shape.

// Kind is "opened".
func (Opened) Kind() string { return "opened" }

// Kind is "message_received".
func (MessageReceived) Kind() string { return "message_received" }

// Kind is "message_queued".
func (MessageQueued) Kind() string { return "message_queued" }

// Kind is "message_sent".
func (MessageSent) Kind() string { return "message_sent" }

// Kind is "message_withdrawn".
func (MessageWithdrawn) Kind() string { return "message_withdrawn" }

// Kind is "message_delivered".
func (MessageDelivered) Kind() string { return "message_delivered" }

// Kind is "message_read".
func (MessageRead) Kind() string { return "message_read" }

// Kind is "message_failed".
func (MessageFailed) Kind() string { return "message_failed" }

// Kind is "message_unknown".
func (MessageUnknown) Kind() string { return "message_unknown" }

// Kind is "message_delayed".
func (MessageDelayed) Kind() string { return "message_delayed" }

// Kind is "side_message".
func (SideMessage) Kind() string { return "side_message" }

// Kind is "message_rescheduled".
func (MessageRescheduled) Kind() string { return "message_rescheduled" }

// Kind is "review_asked".
func (ReviewAsked) Kind() string { return "review_asked" }

// Kind is "review_decided".
func (ReviewDecided) Kind() string { return "review_decided" }

// Kind is "review_escalated".
func (ReviewEscalated) Kind() string { return "review_escalated" }

// Kind is "address_suppressed".
func (AddressSuppressed) Kind() string { return "address_suppressed" }

// Kind is "note_added".
func (NoteAdded) Kind() string { return "note_added" }

// Kind is "status_changed".
func (StatusChanged) Kind() string { return "status_changed" }

// Kind is "priority_changed".
func (PriorityChanged) Kind() string { return "priority_changed" }

// Kind is "tier_changed".
func (TierChanged) Kind() string { return "tier_changed" }

// Kind is "locale_changed".
func (LocaleChanged) Kind() string { return "locale_changed" }

// Kind is "owner_changed".
func (OwnerChanged) Kind() string { return "owner_changed" }

// Kind is "tags_changed".
func (TagsChanged) Kind() string { return "tags_changed" }

// Kind is "subject_changed".
func (SubjectChanged) Kind() string { return "subject_changed" }

// Kind is "merged".
func (Merged) Kind() string { return "merged" }

// Kind is "absorbed".
func (Absorbed) Kind() string { return "absorbed" }

// Kind is "queue_changed".
func (QueueChanged) Kind() string { return "queue_changed" }

// Kind is "targets_reviewed".
func (TargetsReviewed) Kind() string { return "targets_reviewed" }

// Kind is "customer_reached".
func (CustomerReached) Kind() string { return "customer_reached" }

// Kind is "rated".
func (Rated) Kind() string { return "rated" }

// Kind is "report_mail_ended".
func (ReportMailEnded) Kind() string { return "report_mail_ended" }

// Kind is "continued_in".
func (ContinuedIn) Kind() string { return "continued_in" }

// Kind is "identified".
func (Identified) Kind() string { return "identified" }

// Kind is "erased".
func (Erased) Kind() string { return "erased" }

// Kind is "contact_erased".
func (ContactErased) Kind() string { return "contact_erased" }

// Kind is "redacted".
func (Redacted) Kind() string { return "redacted" }

// Kind is "queued".
func (Queued) Kind() string { return "queued" }

// Kind is "unqueued".
func (Unqueued) Kind() string { return "unqueued" }

// Kind is "offered".
func (Offered) Kind() string { return "offered" }

// Kind is "offer_accepted".
func (OfferAccepted) Kind() string { return "offer_accepted" }

// Kind is "offer_declined".
func (OfferDeclined) Kind() string { return "offer_declined" }

// Kind is "offer_expired".
func (OfferExpired) Kind() string { return "offer_expired" }

// Kind is "offer_withdrawn".
func (OfferWithdrawn) Kind() string { return "offer_withdrawn" }

// Kind is "assigned".
func (Assigned) Kind() string { return "assigned" }

// Kind is "released".
func (Released) Kind() string { return "released" }

// Kind is "resumed".
func (Resumed) Kind() string { return "resumed" }

// Kind is "presence_changed".
func (PresenceChanged) Kind() string { return "presence_changed" }

// Kind is "contact_changed".
func (ContactChanged) Kind() string { return "contact_changed" }

// Kind is "setting_changed".
func (SettingChanged) Kind() string { return "setting_changed" }

// Kind is "channel_state".
func (ChannelState) Kind() string { return "channel_state" }

// Kind is "quarantined".
func (Quarantined) Kind() string { return "quarantined" }

// Kind is "looked".
func (Looked) Kind() string { return "looked" }

// Kind is "call_ringing".
func (CallRinging) Kind() string { return "call_ringing" }

// Kind is "call_answered".
func (CallAnswered) Kind() string { return "call_answered" }

// Kind is "call_ended".
func (CallEnded) Kind() string { return "call_ended" }

// Kind is "call_noted".
func (CallNoted) Kind() string { return "call_noted" }

// Kind is "called_back".
func (CalledBack) Kind() string { return "called_back" }

// Kind is "clock_started".
func (ClockStarted) Kind() string { return "clock_started" }

// Kind is "clock_paused".
func (ClockPaused) Kind() string { return "clock_paused" }

// Kind is "clock_resumed".
func (ClockResumed) Kind() string { return "clock_resumed" }

// Kind is "due_changed".
func (DueChanged) Kind() string { return "due_changed" }

// Kind is "reranked".
func (Reranked) Kind() string { return "reranked" }

// Kind is "clock_warned".
func (ClockWarned) Kind() string { return "clock_warned" }

// Kind is "clock_breached".
func (ClockBreached) Kind() string { return "clock_breached" }

// Kind is "waiver_requested".
func (WaiverRequested) Kind() string { return "waiver_requested" }

// Kind is "waiver_given".
func (WaiverGiven) Kind() string { return "waiver_given" }

// Kind is "waiver_denied".
func (WaiverDenied) Kind() string { return "waiver_denied" }

// Kind is "waiver_undone".
func (WaiverUndone) Kind() string { return "waiver_undone" }

// Kind is "clock_acknowledged".
func (ClockAcknowledged) Kind() string { return "clock_acknowledged" }

// Kind is "clock_escalated".
func (ClockEscalated) Kind() string { return "clock_escalated" }

// Kind is "customer_reassured".
func (CustomerReassured) Kind() string { return "customer_reassured" }

// Kind is "clock_met".
func (ClockMet) Kind() string { return "clock_met" }

// Kind is "clock_cancelled".
func (ClockCancelled) Kind() string { return "clock_cancelled" }

// Kind is "policy_acted".
func (PolicyActed) Kind() string { return "policy_acted" }

// Facts has one of each fact, for codecs and tests that must know them all.
func Facts() []Fact {
	return []Fact{
		Opened{},
		MessageReceived{},
		MessageQueued{},
		MessageSent{},
		MessageWithdrawn{},
		MessageDelivered{},
		MessageRead{},
		MessageFailed{},
		MessageUnknown{},
		MessageDelayed{},
		SideMessage{},
		MessageRescheduled{},
		ReviewAsked{},
		ReviewDecided{},
		ReviewEscalated{},
		AddressSuppressed{},
		NoteAdded{},
		StatusChanged{},
		PriorityChanged{},
		TierChanged{},
		LocaleChanged{},
		OwnerChanged{},
		TagsChanged{},
		SubjectChanged{},
		Merged{},
		Absorbed{},
		QueueChanged{},
		TargetsReviewed{},
		CustomerReached{},
		Rated{},
		ContinuedIn{},
		ReportMailEnded{},
		Identified{},
		Erased{},
		ContactErased{},
		Redacted{},
		Queued{},
		Unqueued{},
		Offered{},
		OfferAccepted{},
		OfferDeclined{},
		OfferExpired{},
		OfferWithdrawn{},
		Assigned{},
		Released{},
		Resumed{},
		PolicyActed{},
		PresenceChanged{},
		ContactChanged{},
		SettingChanged{},
		ChannelState{},
		Quarantined{},
		Looked{},
		AlertRaised{},
		AlertCleared{},
		AlertAcknowledged{},
		AlertSnoozed{},
		CallRinging{},
		CallAnswered{},
		CallEnded{},
		CallNoted{},
		CalledBack{},
		ClockStarted{},
		ClockPaused{},
		ClockResumed{},
		DueChanged{},
		Reranked{},
		ClockWarned{},
		ClockBreached{},
		WaiverRequested{},
		WaiverGiven{},
		WaiverDenied{},
		WaiverUndone{},
		ClockAcknowledged{},
		ClockEscalated{},
		CustomerReassured{},
		ClockMet{},
		ClockCancelled{},
	}
}
