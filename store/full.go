package store

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// noRoom reports whether the engine could not write for want of room or a working disk: nobody's unit is to blame, and
// trying again later is right. SQLite says so by its primary code, PostgreSQL by class 53 (insufficient resources) and
// class 58 (system error).
func noRoom(err error) bool {
	var lite *modernc.Error
	if errors.As(err, &lite) {
		code := lite.Code() & 0xff // the rest says where it happened
		return code == sqlite3.SQLITE_FULL || code == sqlite3.SQLITE_IOERR
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (strings.HasPrefix(pg.Code, "53") || strings.HasPrefix(pg.Code, "58"))
}
