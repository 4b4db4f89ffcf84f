package webui

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// differences names every key two documents differ in, in the order of the keys. List entries that have a name are told
// apart by it.
func differences(before, after any) ([]PathChange, error) {
	a, err := plainly(before)
	if err != nil {
		return nil, err
	}
	b, err := plainly(after)
	if err != nil {
		return nil, err
	}
	out := []PathChange{}
	compareValues("", a, b, &out)
	return out, nil
}

// plainly is a document as JSON has it, empty lists and maps left out: whether something is empty or missing is no
// difference to anybody.
func plainly(doc any) (any, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	return prune(v), nil
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if inner = prune(inner); inner == nil {
				delete(v, k)
			} else {
				v[k] = inner
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		if len(v) == 0 {
			return nil
		}
		for i := range v {
			v[i] = prune(v[i])
		}
	}
	return v
}

func compareValues(path string, a, b any, out *[]PathChange) {
	switch {
	case reflect.DeepEqual(a, b):
		return
	case a == nil:
		*out = append(*out, PathChange{Path: path, Kind: "added", After: b})
		return
	case b == nil:
		*out = append(*out, PathChange{Path: path, Kind: "removed", Before: a})
		return
	}
	ma, ok := a.(map[string]any)
	mb, ok2 := b.(map[string]any)
	if ok && ok2 {
		keys := maps.Clone(ma)
		maps.Copy(keys, mb)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			compareValues(joinPath(path, k), ma[k], mb[k], out)
		}
		return
	}
	la, ok := a.([]any)
	lb, ok2 := b.([]any)
	if ok && ok2 && (entryNames(la) != nil || entryNames(lb) != nil) {
		compareLists(path, la, lb, out)
		return
	}
	*out = append(*out, PathChange{Path: path, Kind: "changed", Before: a, After: b})
}

// entryNames are the names of a list's entries in order; nil when not each has one of its own.
func entryNames(list []any) []string {
	var names []string
	for _, v := range list {
		m, _ := v.(map[string]any)
		name, _ := m["name"].(string)
		if name == "" || slices.Contains(names, name) {
			return nil
		}
		names = append(names, name)
	}
	return names
}

func compareLists(path string, a, b []any, out *[]PathChange) {
	na, nb := entryNames(a), entryNames(b)
	if na == nil && len(a) > 0 || nb == nil && len(b) > 0 { // names are missing or stand twice: by place
		for i := range max(len(a), len(b)) {
			var x, y any
			if i < len(a) {
				x = a[i]
			}
			if i < len(b) {
				y = b[i]
			}
			compareValues(path+"["+strconv.Itoa(i)+"]", x, y, out)
		}
		return
	}
	stay := func(names, other []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(other, n) })
	}
	was, is := stay(na, nb), stay(nb, na)
	for i, name := range na {
		if !slices.Contains(nb, name) {
			*out = append(*out, PathChange{Path: path + "[" + name + "]", Kind: "removed", Before: a[i]})
		}
	}
	for i, name := range nb {
		at := path + "[" + name + "]"
		j := slices.Index(na, name)
		if j < 0 {
			*out = append(*out, PathChange{Path: at, Kind: "added", After: b[i]})
			continue
		}
		if from, to := slices.Index(was, name), slices.Index(is, name); from != to {
			*out = append(*out, PathChange{Path: at, Kind: "moved", Before: from + 1, After: to + 1})
		}
		compareValues(at, a[j], b[i], out)
	}
}

func joinPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
