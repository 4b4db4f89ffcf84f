package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"

	"yingda/channels/email"
	"yingda/desk"
)

// buildPush makes the listener for mail that is pushed to us, where one is asked for.
func (n *node) buildPush() error {
	if n.cfg.SMTPIn.Listen == "" {
		return nil
	}
	var err error
	n.push, err = email.NewListener(n.cfg.SMTPIn, email.InDeps{
		Inboxes: func() []desk.Inbox { return n.db.Directory().Inboxes() }, Taker: n.mail.taker, Now: n.now,
		Metrics: email.NewInMetrics(n.metrics), Log: n.log,
	})
	if err != nil {
		return fmt.Errorf("build smtp_in: %w", err)
	}
	return nil
}

// openPush opens the door for pushed mail; nil: there is none.
func (n *node) openPush() (net.Listener, error) {
	if n.push == nil {
		return nil, nil //nolint:nilnil // documented: there is none
	}
	l, err := net.Listen("tcp", n.cfg.SMTPIn.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for smtp_in: %w", err)
	}
	n.log.Info("mail may be pushed", "listen", l.Addr().String(), "lmtp", n.cfg.SMTPIn.LMTP)
	return l, nil
}

// servePush takes pushed mail until ctx ends.
func (n *node) servePush(ctx context.Context, l net.Listener) error {
	if l == nil {
		return nil
	}
	return n.push.Run(ctx, l)
}

// taker takes in for an inbox what did not come out of its mailbox: pushed mail, and what is read again by hand.
func (m *mailrooms) taker(inbox desk.Inbox) (*email.Taker, error) {
	settings, err := email.ParseSettings(inbox.Channel)
	if err != nil {
		return nil, err
	}
	return email.NewTaker(inbox, settings, email.Deps{
		Intake: m.n.desk, Blobs: mailBlobs{m.n.db}, Quarantine: quarantine{m.n}, Tokens: m.tokens, Now: m.n.now, Random: rand.Float64,
		Log: m.n.log, Metrics: m.met,
	}), nil
}

// watchPush reports, for an inbox that is only pushed to, whether anything can be.
func (m *mailrooms) watchPush(ctx context.Context, id desk.InboxID) error {
	reported := "not reported yet"
	for ctx.Err() == nil {
		why := "push_off"
		if m.n.push != nil {
			why = m.n.push.Down()
		}
		now := m.n.now()
		if why != reported {
			state := desk.ChannelState{Up: why == "", Cause: why}
			if state.Up {
				state.LastGood = now
			}
			if err := (channelLog{m.n}).ChannelState(ctx, id, state); err != nil {
				return err
			}
			reported = why
		} else if why == "" {
			if err := m.n.db.TouchChannel(ctx, id, now); err != nil && ctx.Err() == nil {
				m.n.log.Debug("mail: last good moment", "inbox", id, "err", err)
			}
		}
		rest(ctx, touchEvery)
	}
	return nil
}
