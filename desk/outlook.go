package desk

import "time"

// What a board looks back at, to judge the day and to look ahead.

// ServiceQuarter is how a queue's response promises came out in one quarter of an hour; Quarter counts from 0 at the
// beginning of what was asked about.
type ServiceQuarter struct {
	Queue     QueueID
	Quarter   int
	Met, Late int64
}

// Flow is conversations of a queue and medium: how many, and how long they took in all.
type Flow struct {
	Queue  QueueID
	Medium Medium
	Count  int64
	Took   time.Duration
}

// Foreseen is what was foreseen for an hour of a queue: how many conversations come and how many promises break.
type Foreseen struct {
	Hour     time.Time
	Queue    QueueID
	Arrivals float64
	Late     float64
}
