package testkit

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// PasswordHash is a password as room agents keeps it (argon2id, PHC form), for 64 KiB of work instead of 64 MiB: whole
// rooms' tests sign in by the thousand. Its salt is always the same.
func PasswordHash(password string) string {
	const passes, memory, lanes, size = 1, 64, 1, 32
	salt, text := []byte("sixteen bytes it"), base64.RawStdEncoding
	key := argon2.IDKey([]byte(password), salt, passes, memory, lanes, size)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, text.EncodeToString(salt), text.EncodeToString(key))
}
