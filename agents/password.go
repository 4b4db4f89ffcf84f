package agents

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"yingda/desk"
)

// Cost of one hash: RFC 9106 4 names t=3 and 64 MiB for machines that cannot spend 2 GiB.
const (
	memoryKiB = 64 * 1024
	passes    = 3
	lanes     = 1
	saltBytes = 16
	keyBytes  = 32
)

// MinPassword and MaxPassword bound what is taken as a password, in characters and bytes.
const (
	MinPassword = 10
	MaxPassword = 256
)

// hasher makes and checks hashes, a few at a time: each takes 64 MiB while it runs, so a flood of sign-ins must queue
// and not eat the machine.
type hasher struct {
	slots chan struct{}
	// decoy is compared when there is no such account, so that its answer takes as long as a wrong password.
	decoy string
	calm  *time.Timer // fires when the last hash is over for a while
}

// calmAfter is how long no hash must run before its memory goes back to the system: sign-ins come in waves.
const calmAfter = 2 * time.Second

func newHasher(atOnce int) *hasher {
	h := &hasher{slots: make(chan struct{}, max(1, atOnce))}
	// The runtime would keep the 64 MiB of every hash for minutes, which is most of an idle process.
	h.calm = time.AfterFunc(calmAfter, func() {
		if len(h.slots) == 0 {
			debug.FreeOSMemory()
		}
	})
	h.decoy = encode(make([]byte, saltBytes), make([]byte, keyBytes))
	return h
}

func (h *hasher) acquire(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &desk.Error{Code: desk.Unavailable, Reason: "timed_out", Err: ctx.Err()}
	}
}

func (h *hasher) release() {
	<-h.slots
	h.calm.Reset(calmAfter)
}

// hash returns the PHC string of a password. Errors: Invalid "password_short", "password_long"; Unavailable.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if len([]rune(password)) < MinPassword {
		return "", desk.Refuse(desk.Invalid, "password_short", "min", fmt.Sprint(MinPassword))
	}
	if len(password) > MaxPassword {
		return "", desk.Refuse(desk.Invalid, "password_long", "max", fmt.Sprint(MaxPassword))
	}
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer h.release()
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("read salt: %w", err)
	}
	return encode(salt, argon2.IDKey([]byte(password), salt, passes, memoryKiB, lanes, keyBytes)), nil
}

// matches reports whether password gives hash.
func (h *hasher) matches(ctx context.Context, hash, password string) (bool, error) {
	p, err := decode(hash)
	if err != nil {
		return false, err
	}
	if len(password) > MaxPassword {
		return false, nil
	}
	if err := h.acquire(ctx); err != nil {
		return false, err
	}
	defer h.release()
	key := argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.key)))
	return subtle.ConstantTimeCompare(key, p.key) == 1, nil
}

type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

func encode(salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes,
		b.EncodeToString(salt), b.EncodeToString(key))
}

var errHash = errors.New("stored password hash is not argon2id in PHC form")

func decode(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return phc{}, errHash
	}
	var p phc
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil {
		return phc{}, errors.Join(errHash, err)
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return phc{}, errors.Join(errHash, err)
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.key) == 0 || p.passes == 0 || p.lanes == 0 {
		return phc{}, errors.Join(errHash, err)
	}
	return p, nil
}
