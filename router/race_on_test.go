//go:build race

package router

const modelSteps = 1000 // the race detector slows the embedded Redis tenfold

const erlangArrivals = 20_000

const worldSteps = 4000

const raceDetector = true
