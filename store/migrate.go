package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema to the newest version, under an advisory lock where several nodes may start at once.
// Migrations only add, so that the previous binary runs on the new schema.
func (db *DB) migrate(ctx context.Context) error {
	dialect, handle := goose.DialectSQLite3, (*sql.DB)(nil)
	// A number may come after a higher one was applied, since several people write migrations and each only adds.
	opts := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true)}
	switch e := db.eng.(type) {
	case *sqlite:
		handle = e.write
	case *postgres:
		dialect, handle = goose.DialectPostgres, e.db
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return fmt.Errorf("migration lock: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	files, err := fs.Sub(migrations, "migrations/"+db.eng.name())
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, handle, files, opts...)
	if err != nil {
		return err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return err
	}
	for _, r := range done {
		db.log.InfoContext(ctx, "schema migrated", "version", r.Source.Version, "took", r.Duration)
	}
	return nil
}

// SchemaVersion is the number of the newest migration applied, for /readyz and backups.
func (db *DB) SchemaVersion(ctx context.Context) (int64, error) {
	var v int64
	err := db.read.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version WHERE is_applied`).Scan(&v)
	if err != nil {
		return 0, down(err)
	}
	return v, nil
}
