// Package voice takes phone calls in: signed webhooks of an exchange, in a generic form of ours and in Twilio's.
//
// It owns what providers say about calls and its translation into desk.CallEvent. It promises to answer 2xx only after
// the event is in the record, to change nothing for an event whose signature, time or form is wrong, and to take any
// event twice without harm. It never routes: for a ringing call it waits a moment for the router's offer and passes on
// whom to ring.
package voice
