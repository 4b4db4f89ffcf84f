package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the release script: -ldflags "-X main.version=v1.2.3".
var version = ""

func (p *program) version(context.Context, []string) error {
	v := version
	if v == "" {
		v = "development"
		if info, ok := debug.ReadBuildInfo(); ok {
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" && len(s.Value) >= 12 {
					v = "development " + s.Value[:12]
				}
			}
		}
	}
	_, err := fmt.Fprintf(p.out, "yingda %s (%s, %s/%s)\n", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
