package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"yingda/channels/chat"
	"yingda/channels/email"
	"yingda/channels/voice"
	"yingda/configs"
	"yingda/desk"
)

// sow imports the seeds whose kind is wanted, in the order of the file. One that the record has had once, even one
// that was deleted since, is left alone.
func (n *node) sow(ctx context.Context, wanted func(desk.SettingKind) bool) error {
	for _, s := range n.cfg.Seed {
		if !wanted(s.Kind) {
			continue
		}
		if err := n.plant(ctx, s); err != nil {
			return fmt.Errorf("seed %s %s: %w", s.Kind, s.ID, said(err))
		}
	}
	return nil
}

// plant imports one seed. Its secrets go first: a start that is cut short between the two does both again. Whether the
// record has had the document is asked of its facts, which outlive it.
func (n *node) plant(ctx context.Context, s configs.Seed) error {
	if known, err := n.db.SubjectEvents(ctx, s.Kind.Subject(s.ID), 0, 1); err != nil || len(known) > 0 {
		return err
	}
	set, err := s.Setting()
	if err != nil {
		return err
	}
	secrets, err := s.Secrets()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if err := n.db.SaveSecret(ctx, desk.InboxID(s.ID), name, secrets[name]); err != nil {
			return err
		}
	}
	return n.put(ctx, set)
}

// checkInbox lets each channel's room look at an inbox's document; each passes over what is not its own.
func checkInbox(ctx context.Context, s desk.Setting) error {
	for _, check := range []desk.SettingCheck{email.CheckSetting, chat.CheckSetting, voice.CheckSetting} {
		if err := check(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// said adds a refusal's parameters to its text: on a terminal no page does it.
func said(err error) error {
	var e *desk.Error
	if !errors.As(err, &e) || len(e.Params) == 0 {
		return err
	}
	text := ""
	for _, k := range slices.Sorted(maps.Keys(e.Params)) {
		text += "; " + k + ": " + e.Params[k]
	}
	return fmt.Errorf("%w%s", err, text)
}
