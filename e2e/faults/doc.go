// Package faults holds the tests of what happens when a run is disturbed: they start
// the program itself, interrupt or kill it, take an image out of its registry, and look
// at what it leaves. They take minutes and need root and a filled cache, so they run only
// when asked for (make test-faults).
package faults
