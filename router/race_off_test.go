//go:build !race

package router

const modelSteps = 10000

const erlangArrivals = 50_000 // customers in each case of the reference

const worldSteps = 100_000

const raceDetector = false
