package configs

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// checker compares a tree with a type and notes, with line numbers, what does not fit and where each key stands.
type checker struct {
	problems []problem
	places   map[string]int // key's path → line
}

type problem struct {
	line int
	text string
}

func (c *checker) refuse(n *yaml.Node, path, what string) {
	c.problems = append(c.problems, problem{n.Line, path + ": " + what})
}

func (c *checker) node(n *yaml.Node, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	c.places[path] = n.Line
	switch {
	case n.ShortTag() == "!!null" || t == reflect.TypeFor[yaml.Node]():
	case scalar(t):
		c.scalar(n, t, path)
	case t.Kind() == reflect.Struct:
		c.object(n, t, path)
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		c.list(n, t, path)
	case t.Kind() == reflect.Map:
		c.table(n, t, path)
	}
}

func scalar(t reflect.Type) bool {
	if t == reflect.TypeFor[time.Duration]() || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Array, reflect.Map, reflect.Interface:
		return false
	}
	return true
}

func (c *checker) object(n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.MappingNode {
		c.refuse(n, path, "want keys and values")
		return
	}
	fields := fieldsOf(t)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		field, ok := fields[key.Value]
		if !ok {
			c.refuse(key, join(path, key.Value), "unknown key; allowed here: "+strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
			continue
		}
		c.node(n.Content[i+1], field, join(path, key.Value))
	}
}

// fieldsOf are the keys a struct takes, inlined ones among them.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case !f.IsExported() || name == "-":
		case options == "inline":
			maps.Copy(out, fieldsOf(f.Type))
		case name == "":
			out[strings.ToLower(f.Name)] = f.Type
		default:
			out[name] = f.Type
		}
	}
	return out
}

func (c *checker) list(n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.SequenceNode {
		c.refuse(n, path, "want a list")
		return
	}
	if t.Kind() == reflect.Array && len(n.Content) != t.Len() {
		c.refuse(n, path, "want a list of "+strconv.Itoa(t.Len()))
		return
	}
	for i, item := range n.Content {
		c.node(item, t.Elem(), path+"["+strconv.Itoa(i)+"]")
	}
}

func (c *checker) table(n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.MappingNode {
		c.refuse(n, path, "want keys and values")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		c.node(n.Content[i+1], t.Elem(), join(path, n.Content[i].Value))
	}
}

func (c *checker) scalar(n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.ScalarNode {
		c.refuse(n, path, "want "+kindName(t))
		return
	}
	if t == reflect.TypeFor[time.Duration]() {
		if _, err := time.ParseDuration(n.Value); err != nil {
			c.refuse(n, path, fmt.Sprintf("%q is no duration; want for example 90s, 5m or 24h", n.Value))
		}
		return
	}
	if err := n.Decode(reflect.New(t).Interface()); err != nil {
		c.refuse(n, path, fmt.Sprintf("%q; want %s", n.Value, kindName(t)))
	}
}

func kindName(t reflect.Type) string {
	if t == reflect.TypeFor[time.Duration]() {
		return "a duration"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "keys and values"
	}
	return "a text"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
