// Package archtest owns the rules of the house that a compiler doesn't know:
// who may import whom, how long a file or function may grow, what no source may
// contain. It promises to fail the build when one is broken, naming the place.
// It never looks at behaviour; that is what the rooms' own tests are for.
package archtest
