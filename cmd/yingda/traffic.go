package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yingda/desk"
	"yingda/router"
	"yingda/store"
)

// Forecasts are made of a day in the log: who came, how long agents held it, who left, who was there.

// Bounds of reading a day.
const (
	maxForecasts = 2                   // made at once: each keeps a core busy for seconds
	trafficPage  = 2000                // facts read at once
	trafficFacts = 600_000             // facts read at most; the rest of the day is cut off
	trafficRows  = 100                 // conversations and messages read at once
	presenceBack = 14 * 24 * time.Hour // who has not moved for so long is taken to be away
)

// Forecast is webui.Steering: it plays a recorded day with the policies in force and with what is asked about.
func (s steering) Forecast(ctx context.Context, q desk.QueueID, ask router.ForecastAsk) (router.RoutingForecast, error) {
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	default:
		return router.RoutingForecast{}, desk.Refuse(desk.TooMany, "forecast_busy")
	}
	began := time.Now()
	docs, _, err := storedRouting(ctx, s.db)
	if err != nil {
		return router.RoutingForecast{}, err
	}
	asked := docs
	if ask.Doc != nil {
		found, err := s.Check(ctx, *ask.Doc)
		if err != nil {
			return router.RoutingForecast{}, err
		}
		if err := unpublishable(found); err != nil {
			return router.RoutingForecast{}, err
		}
		asked = append(slices.Clone(docs), *ask.Doc)
	}
	from, to, err := dayOf(ask.Day, ask.Zone, s.now())
	if err != nil {
		return router.RoutingForecast{}, err
	}
	t, err := readTraffic(ctx, s.db, from, to, asked)
	if err != nil {
		return router.RoutingForecast{}, fmt.Errorf("read the traffic of %s: %w", from.Format(time.DateOnly), err)
	}
	t.Open = calendarsOf(s.book)
	out, err := router.Compare(ctx, q, t, docs, ask)
	out.Took = time.Since(began).Seconds()
	return out, err
}

// dayOf is the day a forecast is made of.
func dayOf(day, zone string, now time.Time) (from, to time.Time, err error) {
	loc, err := time.LoadLocation(zone) // "" is UTC
	if err != nil || zone == "Local" {
		return from, to, desk.Refuse(desk.Invalid, "setting_invalid", "field", "zone")
	}
	y, m, d := now.In(loc).Date()
	switch day {
	case "", "yesterday":
		from = time.Date(y, m, d-1, 0, 0, 0, 0, loc)
	case "week":
		from = time.Date(y, m, d-7, 0, 0, 0, 0, loc)
	default:
		if from, err = time.ParseInLocation(time.DateOnly, day, loc); err != nil || from.After(now) {
			return from, to, desk.Refuse(desk.Invalid, "setting_invalid", "field", "day")
		}
	}
	y, m, d = from.Date()
	return from, time.Date(y, m, d+1, 0, 0, 0, 0, loc), nil
}

func readTraffic(ctx context.Context, db *store.DB, from, to time.Time, docs []router.Routing) (router.Traffic, error) {
	r := router.NewRecording(db.Directory(), from, to)
	seq, err := factAt(ctx, db, from)
	if err != nil {
		return router.Traffic{}, err
	}
	back, err := factAt(ctx, db, from.Add(-presenceBack))
	if err != nil {
		return router.Traffic{}, err
	}
	stood, err := db.PresencesAt(ctx, back, seq)
	if err != nil {
		return router.Traffic{}, err
	}
	for a, state := range stood {
		r.Stood(a, state)
	}
	end := to
	for read := 0; ; {
		events, err := db.EventsAfter(ctx, seq, trafficPage)
		if err != nil {
			return router.Traffic{}, err
		}
		for _, e := range events {
			seq = e.Seq
			r.Take(e)
		}
		read += len(events)
		if len(events) == 0 || r.Past(events[len(events)-1].At) {
			break
		}
		if read >= trafficFacts {
			end = events[len(events)-1].At
			break
		}
	}
	if err := know(ctx, db, r, docs); err != nil {
		return router.Traffic{}, err
	}
	return r.Traffic(end), nil
}

// factAt is the number of the last fact before a moment. Numbers grow with time.
func factAt(ctx context.Context, db *store.DB, at time.Time) (int64, error) {
	last, err := db.LastSeq(ctx)
	if err != nil {
		return 0, err
	}
	low, high := int64(0), last
	for low < high {
		mid := low + (high-low)/2
		e, err := db.EventsAfter(ctx, mid, 1)
		if err != nil {
			return 0, err
		}
		if len(e) == 0 || !e[0].At.Before(at) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low, nil
}

// know reads of those who came what the policies ask about.
func know(ctx context.Context, db *store.DB, r *router.Recording, docs []router.Routing) error {
	words := router.AsksWords(docs)
	for ids := range slices.Chunk(r.Came(), trafficRows) {
		rows, err := db.ConversationRows(ctx, "", ids)
		if err != nil {
			return err
		}
		said := map[desk.MessageID]string{}
		if words {
			var first []desk.MessageID
			for _, id := range ids {
				if m := r.FirstMessage(id); m != "" {
					first = append(first, m)
				}
			}
			messages, err := db.MessagesByID(ctx, first)
			if err != nil {
				return err
			}
			for _, m := range messages {
				said[m.ID] = m.Body.Text
			}
		}
		for i := range rows {
			asked := ""
			if words {
				asked = rows[i].Subject + "\n" + said[r.FirstMessage(rows[i].ID)]
			}
			r.Know(rows[i].Conversation, asked)
		}
	}
	return nil
}
