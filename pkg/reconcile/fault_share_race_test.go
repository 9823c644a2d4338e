//go:build race

package reconcile_test

// share is how many of the many cases are played: one in so many, since the race detector makes each ten times slower.
const share = 5
