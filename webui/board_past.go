package webui

import (
	"context"
	"time"

	"yingda/desk"
)

// pastWeeks is how many of the same weekday are looked back at.
const pastWeeks = 4

// quartersADay is how finely: by quarters of an hour, 25 hours where the clocks go back.
const quartersADay = 100

// past is how the same weekday went in the weeks before, by queue: [week][quarter], summed up to each quarter's end.
type past map[desk.QueueID]*[pastWeeks][quartersADay]ServiceLevel

// loadPast reads the weeks before a day, once a day: what is over does not change.
func (s *Server) loadPast(ctx context.Context, day time.Time) (past, error) {
	p := past{}
	for week := range pastWeeks {
		from := day.AddDate(0, 0, -7*(week+1))
		counts, err := s.Papers.ServiceQuarters(ctx, from, from.AddDate(0, 0, 1))
		if err != nil {
			return nil, err
		}
		for _, c := range counts {
			if p[c.Queue] == nil {
				p[c.Queue] = &[pastWeeks][quartersADay]ServiceLevel{}
			}
			for i := max(0, c.Quarter); i < quartersADay; i++ {
				p[c.Queue][week][i].Met += c.Met
				p[c.Queue][week][i].Late += c.Late
			}
		}
	}
	return p, nil
}

// compare is how a queue stood last week and in the weeks together at this time of the day, up to the last quarter.
func (p past) compare(q desk.QueueID, day, now time.Time) (lastWeek, usual ServiceLevel) {
	weeks, i := p[q], int(now.Sub(day)/(15*time.Minute))-1
	if weeks == nil || i < 0 {
		return level(nil), level(nil)
	}
	i = min(i, quartersADay-1)
	var sum ServiceLevel
	for _, w := range weeks {
		sum.Met, sum.Late = sum.Met+w[i].Met, sum.Late+w[i].Late
	}
	return level(&weeks[0][i]), level(&sum)
}
