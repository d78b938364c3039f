package traces

import (
	"slices"
	"strings"
)

// Secret is a value that a request carries and that no span may hold.
type Secret struct {
	// Header is where the request carries it, in lower case; empty where it is in the query.
	Header string
	// Value is long enough to occur nowhere by chance.
	Value string
	// In are the tags that hold it all the same, as is known.
	In []string
}

func (s Secret) String() string {
	if s.Header == "" {
		return "its query"
	}
	return "`" + s.Header + "`"
}

// JudgeLeaks looks for secrets in every tag, name and service of every stored span, whomever
// it belongs to. Where a request carried a secret in a header that no application
// received, nothing can be said of it, which is a WrongHeader at ClientService.
func JudgeLeaks(ev Evidence, secrets ...Secret) []Finding {
	index := ev.ByRequest()
	index.byStart()
	var all []Finding
	for _, r := range index.Requests {
		for _, secret := range secrets {
			if secret.Header != "" && !received(r.Hops, secret) {
				all = append(all, Finding{
					Kind: WrongHeader, Service: ClientService, Count: 1, Requests: []string{r.Exchange.Request},
					Observed:   "no application received " + secret.String() + " as it was sent",
					Expected:   "the first one to receive it: else that no span holds it says nothing",
					Candidates: []string{"a proxy on the way took it away", "the caller did not send it", "no application recorded the request"},
					Next:       "look in hops.txt for the first application that lacks it, and at the header rules of its proxy",
				})
			}
		}
		for _, t := range r.Traces {
			all = append(all, leaks(t, secrets, []string{r.Exchange.Request})...)
		}
	}
	for _, t := range index.Strays {
		all = append(all, leaks(t, secrets, nil)...)
	}
	return Aggregate(all)
}

func received(hops []Hop, secret Secret) bool {
	return slices.ContainsFunc(hops, func(h Hop) bool { return strings.Contains(h.Received[secret.Header], secret.Value) })
}

func leaks(t Trace, secrets []Secret, requests []string) []Finding {
	var all []Finding
	for i := range t.Spans {
		s := &t.Spans[i]
		for _, secret := range secrets {
			for _, place := range places(s, secret) {
				all = append(all, Finding{
					Kind: LeakedValue, Service: s.Service, Count: 1, Requests: requests, Traces: []string{t.ID.String()},
					Observed: describe(s.Service, s.Namespace, s.Kind, s.Callee()) + " holds in " + place + " what the request carried in " + secret.String(),
					Expected: "no span to hold it: whoever may read traces may read it",
					Why:      "the value of " + place + " is made of " + secret.String(),
					Next:     "take away the custom tag, the formatter or the rule that reads it, and let the backend forget what it has stored",
				})
			}
		}
	}
	return all
}

// places are where a span holds the secret and may not.
func places(s *Span, secret Secret) []string {
	var found []string
	holds := func(text string) bool { return strings.Contains(text, secret.Value) }
	if holds(s.Name) {
		found = append(found, "its operation name")
	}
	if holds(s.Service) || holds(s.Namespace) {
		found = append(found, "its service name")
	}
	for tag := range s.Tags.All() {
		if (holds(tag.Key) || holds(tag.Value)) && !slices.Contains(secret.In, tag.Key) {
			found = append(found, "the tag "+Printable(tag.Key))
		}
	}
	return found
}
