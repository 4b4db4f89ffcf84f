package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ReadDocument reads a file of YAML or JSON, and on which line each of its keys stands, by path as in hours.mon[0]; "" is
// the document. Its errors name file, line and key of each thing that does not fit, and what is allowed.
func ReadDocument[T any](file string) (doc T, lines map[string]int, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return doc, nil, err
	}
	var tree yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(raw)).Decode(&tree); errors.Is(err, io.EOF) {
		return doc, nil, fmt.Errorf("%s: is empty", file)
	} else if err != nil {
		return doc, nil, yamlError(file, err)
	}
	c := checker{places: map[string]int{}}
	c.node(tree.Content[0], reflect.TypeFor[T](), "")
	if len(c.problems) > 0 {
		text := make([]string, len(c.problems))
		for i, p := range c.problems {
			text[i] = file + ":" + strconv.Itoa(p.line) + ": " + p.text
		}
		return doc, nil, errors.New(strings.Join(text, "\n"))
	}
	if err := tree.Decode(&doc); err != nil {
		return doc, nil, yamlError(file, err)
	}
	return doc, c.places, nil
}
