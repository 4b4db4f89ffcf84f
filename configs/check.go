package configs

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

func typeOf(v any) reflect.Type {
	t := reflect.TypeOf(v)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// check compares a document with a type and says, with line numbers, what does not fit.
func check(n *yaml.Node, t reflect.Type, path string) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case n.Tag == "!!null":
		return nil
	case scalar(t):
		return checkScalar(n, t, path)
	case t.Kind() == reflect.Struct:
		return checkStruct(n, t, path)
	case t.Kind() == reflect.Slice:
		return checkList(n, t, path)
	case t.Kind() == reflect.Map:
		return checkMap(n, t, path)
	}
	return nil
}

func scalar(t reflect.Type) bool {
	if t == reflect.TypeFor[time.Duration]() || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Map, reflect.Interface:
		return false
	}
	return true
}

func checkStruct(n *yaml.Node, t reflect.Type, path string) []string {
	if n.Kind != yaml.MappingNode {
		return []string{problem(n, path, "want keys and values")}
	}
	fields := fieldsOf(t)
	var out []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		field, ok := fields[key.Value]
		if !ok {
			names := make([]string, 0, len(fields))
			for name := range fields {
				names = append(names, name)
			}
			slices.Sort(names)
			out = append(out, problem(key, join(path, key.Value), "unknown key; allowed here: "+strings.Join(names, ", ")))
			continue
		}
		out = append(out, check(n.Content[i+1], field, join(path, key.Value))...)
	}
	return out
}

// fieldsOf are the keys a struct takes, inlined ones among them.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case !f.IsExported() || name == "-":
		case options == "inline":
			for k, v := range fieldsOf(f.Type) {
				out[k] = v
			}
		case name == "":
			out[strings.ToLower(f.Name)] = f.Type
		default:
			out[name] = f.Type
		}
	}
	return out
}

func checkList(n *yaml.Node, t reflect.Type, path string) []string {
	if n.Kind != yaml.SequenceNode {
		return []string{problem(n, path, "want a list")}
	}
	var out []string
	for i, item := range n.Content {
		out = append(out, check(item, t.Elem(), path+"["+strconv.Itoa(i)+"]")...)
	}
	return out
}

func checkMap(n *yaml.Node, t reflect.Type, path string) []string {
	if n.Kind != yaml.MappingNode {
		return []string{problem(n, path, "want keys and values")}
	}
	var out []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, check(n.Content[i+1], t.Elem(), join(path, n.Content[i].Value))...)
	}
	return out
}

func checkScalar(n *yaml.Node, t reflect.Type, path string) []string {
	if n.Kind != yaml.ScalarNode {
		return []string{problem(n, path, "want one value")}
	}
	if t == reflect.TypeFor[time.Duration]() {
		if _, err := time.ParseDuration(n.Value); err != nil {
			return []string{problem(n, path, fmt.Sprintf("%q is no duration; want for example 90s, 5m or 24h", n.Value))}
		}
		return nil
	}
	value := reflect.New(t)
	if err := n.Decode(value.Interface()); err != nil {
		return []string{problem(n, path, fmt.Sprintf("%q; want %s", n.Value, kindName(t)))}
	}
	return nil
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a text"
}

func problem(n *yaml.Node, path, what string) string {
	return fmt.Sprintf("%d: %s: %s", n.Line, path, what)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
