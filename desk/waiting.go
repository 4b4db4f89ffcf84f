package desk

import "time"

// WaitForecast is what a customer who started to wait was told, and what came.
type WaitForecast struct {
	Conversation ConversationID
	Queue        QueueID
	Medium       Medium
	At           time.Time // when the wait began
	Position     int       // how many went before, and one
	Low, High    time.Duration
	Shown        bool          // false: the ranges of this queue were wrong too often to be shown; judged all the same
	Took         time.Duration // until an agent took it, or the customer left
	Taken        bool          // an agent took it
}

// Inside reports whether an agent took it within the range.
func (f WaitForecast) Inside() bool { return f.Taken && f.Took >= f.Low && f.Took <= f.High }

// Judged reports whether the range can be said to have held or not: one who left before it was over proves nothing.
func (f WaitForecast) Judged() bool { return f.Taken || f.Took > f.High }

// Off is how far the middle of the range was from what came.
func (f WaitForecast) Off() time.Duration { return (f.Took - (f.Low+f.High)/2).Abs() }
