// Package bench owns how figures are told: ours, the floor beside it, and what was aimed at. It promises that both were
// measured in one run, in turns, and that a figure that was not reached is printed as such. It never measures by itself:
// every room measures what it owns, in a benchmark called BenchmarkFigures.
//
// `make bench` runs those once each and prints the table:
//
//	go test -run '^$' -bench '^BenchmarkFigures$' -benchtime 1x ./...
package bench
