package desk

import "time"

// Day is what an agent's day came to.
type Day struct {
	Answers   int // one that keeps two promises is one
	Late      int // of the answers
	Offers    int
	Missed    int // offers that rang out
	Declined  int
	Transfers int
	Looks     int // by others at their work

	answers map[answer]bool // whether each was late
}

// answer tells answers apart: promises kept by one are met in one unit.
type answer struct {
	conversation string
	at           time.Time
}

// Add counts one fact of the agent's day.
func (d *Day) Add(e Event) {
	switch f := e.Fact.(type) {
	case ClockMet:
		if f.Clock.Target.Response() {
			d.answered(answer{e.Subject.ID, e.At}, f.Clock.Broken())
		}
	case Offered:
		d.Offers++
	case OfferExpired:
		d.Missed++
	case OfferDeclined:
		d.Declined++
	case QueueChanged:
		d.Transfers++
	case Looked:
		d.Looks++
	}
}

func (d *Day) answered(a answer, late bool) {
	was, again := d.answers[a]
	if d.answers == nil {
		d.answers = map[answer]bool{}
	}
	if d.answers[a] = was || late; !again {
		d.Answers++
	}
	if late && !was {
		d.Late++
	}
}
