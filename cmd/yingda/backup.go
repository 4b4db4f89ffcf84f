package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"yingda/store"
)

// backup writes a consistent copy of the record to a file, beside a running node on PostgreSQL, alone on SQLite. A file
// that exists is never overwritten.
func (p *program) backup(ctx context.Context, args []string) error {
	return p.copyRecord(ctx, "backup", "to", args, func(db *store.DB, name string) error {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		err = db.Backup(ctx, f)
		if err == nil {
			err = f.Sync()
		}
		return errors.Join(err, f.Close())
	})
}

// restore fills an empty record from such a file, all or nothing.
func (p *program) restore(ctx context.Context, args []string) error {
	return p.copyRecord(ctx, "restore", "from", args, func(db *store.DB, name string) error {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return db.Restore(ctx, f)
	})
}

func (p *program) copyRecord(ctx context.Context, verb, option string, args []string, do func(*store.DB, string) error) error {
	var name string
	cfg, err := p.config(verb, args, func(f *flag.FlagSet) { f.StringVar(&name, option, "", "") })
	if err != nil {
		return err
	}
	if name == "" {
		return fmt.Errorf("%w: %s needs --%s FILE", errUsage, verb, option)
	}
	db, err := openRecord(ctx, cfg.Store, p.logger(cfg.Log), "")
	if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	defer db.Close()
	if err := do(db, name); err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	_, err = fmt.Fprintf(p.out, "%s: done, %s\n", verb, name)
	return err
}
