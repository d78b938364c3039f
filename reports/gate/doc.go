// Package gate decides from results whether something may be released.
//
// A Policy, which DecodePolicy reads from YAML, says on which subjects which checks must pass,
// which are in quarantine and until when, how many may be inconclusive, and what a change
// since the last release does. Decide holds results against it:
//
//	decision, err := gate.Decide(policy, gate.Input{Results: results, Known: known}, now)
//
// What failed blocks, whether or not the policy asks for it: only an entry of the quarantine
// that names that very check, and has not expired, excuses it. What is missing, skipped or
// inconclusive is no pass. So no policy, and no set of results, turns a failure into a release;
// the tests of this package say that of any policy and any results.
//
// The package reads only what it is handed. A result is held against its files of evidence by
// Verify. Nobody can tell whether a result was altered together with its evidence: whoever must
// rule that out keeps the digest of the result, which the decision names.
package gate
