//go:build !race

package router

const modelSteps = 10000

const erlangArrivals = 300_000 // customers in each case of the reference
