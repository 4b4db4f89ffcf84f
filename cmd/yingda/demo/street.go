package demo

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"
)

// StreetConfig is where the customers find the shop.
type StreetConfig struct {
	Base       string // http://127.0.0.1:8080
	Mail       *MailServer
	Support    string // the shop's mail address
	WidgetKey  string
	VoiceInbox string
	VoiceKey   string // secret the exchange signs its webhooks with
	Number     string // the shop's phone number
	Pace       float64
	Colleagues []Login // simulated agents
	Exchange   Login   // a supervisor the exchange looks through, to learn who took a call
}

// Street is everything that comes by: customers who mail, chat and call, and colleagues who answer some of them.
type Street struct {
	cfg      StreetConfig
	logger   *slog.Logger
	exchange *client
}

// NewStreet makes a street.
func NewStreet(cfg StreetConfig, logger *slog.Logger) *Street {
	if cfg.Pace <= 0 {
		cfg.Pace = 1
	}
	return &Street{cfg: cfg, logger: logger, exchange: newClient(cfg.Base)}
}

// Seconds between two customers of a kind at pace 1: a person at the desk can follow, and the board moves.
const (
	betweenMails = 35.0
	betweenChats = 30.0
	betweenCalls = 75.0
)

// Run lets customers come by until ctx ends.
func (s *Street) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, login := range s.cfg.Colleagues {
		c := newColleague(s.cfg.Base, login, s.cfg.Pace, s.logger)
		g.Go(func() error { return c.run(ctx) })
	}
	if err := s.exchange.signIn(ctx, s.cfg.Exchange.Email, s.cfg.Exchange.Password); err != nil {
		return fmt.Errorf("sign the exchange in: %w", err)
	}
	come := func(between float64, visit func(context.Context, customer)) {
		g.Go(func() error {
			for ctx.Err() == nil {
				who := customers[rand.IntN(len(customers))]
				g.Go(func() error { visit(ctx, who); return nil })
				s.thinks(ctx, between*0.5, between*1.5)
			}
			return nil
		})
	}
	pause(ctx, 1500*time.Millisecond) // the mailbox and the colleagues are there first
	come(betweenMails, func(ctx context.Context, c customer) {
		s.writes(ctx, c, pick(letters, c.locale, func(l letter) string { return l.locale }))
	})
	come(betweenChats, func(ctx context.Context, c customer) {
		s.chats(ctx, c, pick(chatters, c.locale, func(x chatter) string { return x.locale }))
	})
	come(betweenCalls, s.calls)
	return g.Wait()
}

// thinks waits between lo and hi seconds at pace 1.
func (s *Street) thinks(ctx context.Context, lo, hi float64) {
	d := lo + rand.Float64()*(hi-lo)
	pause(ctx, time.Duration(d/s.cfg.Pace*float64(time.Second)))
}

// pick chooses one of the customer's language.
func pick[T any](all []T, locale string, of func(T) string) T {
	var fit []T
	for _, x := range all {
		if of(x) == locale {
			fit = append(fit, x)
		}
	}
	return fit[rand.IntN(len(fit))]
}
