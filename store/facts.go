package store

import (
	"encoding/json"
	"fmt"
	"reflect"

	"yingda/desk"
)

// factVersion is the stored form written today. A form that changes incompatibly gets the next number and a reader of
// the old one beside it: what was written stays readable for ever.
const factVersion = 1

// factTypes knows each fact by its stored name.
var factTypes = func() map[string]reflect.Type {
	m := make(map[string]reflect.Type)
	for _, f := range desk.Facts() {
		m[f.Kind()] = reflect.TypeOf(f)
	}
	return m
}()

// encodeFact gives the stored JSON of a fact.
func encodeFact(f desk.Fact) (string, error) {
	t, ok := factTypes[f.Kind()]
	if !ok || t != reflect.TypeOf(f) {
		return "", fmt.Errorf("fact %T is not in desk.Facts", f)
	}
	p := reflect.New(t)
	p.Elem().Set(reflect.ValueOf(f))
	b, err := json.Marshal(view(t, p.UnsafePointer()))
	if err != nil {
		return "", fmt.Errorf("fact %s: %w", f.Kind(), err)
	}
	return string(b), nil
}

// decodeFact reads what encodeFact wrote.
func decodeFact(kind string, version int64, body string) (desk.Fact, error) {
	t, ok := factTypes[kind]
	if !ok || version > factVersion {
		return nil, fmt.Errorf("fact %s version %d was written by a newer yingda", kind, version)
	}
	p := reflect.New(t)
	if err := json.Unmarshal([]byte(body), view(t, p.UnsafePointer())); err != nil {
		return nil, fmt.Errorf("fact %s: %w", kind, err)
	}
	return p.Elem().Interface().(desk.Fact), nil
}
