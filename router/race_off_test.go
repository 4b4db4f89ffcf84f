//go:build !race

package router

const modelSteps = 10000
