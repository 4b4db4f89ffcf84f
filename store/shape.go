package store

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode"
	"unsafe"
)

// The nouns of desk carry no tags, since they know no wire. What is stored as JSON is seen through a shadow: a type of
// the same layout whose fields are tagged with their names in snake_case and left out when zero. The golden files of
// facts_test.go pin the names, so that renaming a field of desk is noticed before it makes old records unreadable.

var (
	shadows  sync.Map // reflect.Type → reflect.Type
	timeType = reflect.TypeFor[time.Time]()
	rawJSON  = reflect.TypeFor[json.RawMessage]()
)

// shadowOf is t with tags, all the way down.
func shadowOf(t reflect.Type) reflect.Type {
	if s, ok := shadows.Load(t); ok {
		return s.(reflect.Type)
	}
	s := t
	switch {
	case t == timeType || t == rawJSON:
	case t.Kind() == reflect.Struct:
		fields := make([]reflect.StructField, t.NumField())
		for i := range fields {
			f := t.Field(i)
			fields[i] = reflect.StructField{
				Name: f.Name, Type: shadowOf(f.Type), Tag: reflect.StructTag(`json:"` + snake(f.Name) + `,omitzero"`),
			}
		}
		s = reflect.StructOf(fields)
	case t.Kind() == reflect.Slice:
		s = reflect.SliceOf(shadowOf(t.Elem()))
	case t.Kind() == reflect.Pointer:
		s = reflect.PointerTo(shadowOf(t.Elem()))
	}
	shadows.Store(t, s)
	return s
}

// snake turns LastAgentAt into last_agent_at and MessageID into message_id.
func snake(name string) string {
	var b strings.Builder
	rs := []rune(name)
	for i, r := range rs {
		up := unicode.IsUpper(r)
		if up && i > 0 && (!unicode.IsUpper(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// encode gives the stored JSON of *v.
func encode[T any](v *T) (string, error) {
	b, err := json.Marshal(view(reflect.TypeFor[T](), unsafe.Pointer(v))) //nolint:gosec // the view has the layout of T
	return string(b), err
}

// decode reads the stored JSON into *v. The empty text is the zero value.
func decode[T any](text string, v *T) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), view(reflect.TypeFor[T](), unsafe.Pointer(v))); err != nil { //nolint:gosec // the view has the layout of T
		return fmt.Errorf("stored %T: %w", *v, err)
	}
	return nil
}

// view is the memory at p, a t, seen through t's shadow. Both have the same fields in the same order, hence the same
// size, alignment and pointers; only the tags differ.
func view(t reflect.Type, p unsafe.Pointer) any {
	return reflect.NewAt(shadowOf(t), p).Interface()
}
