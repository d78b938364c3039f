package traces

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Tracing is what one side of a proxy does.
type Tracing struct {
	// Provider is empty where the side does not trace: it makes no span and leaves
	// trace headers as they are.
	Provider Provider
	// Percent is the share of request ids that it samples where nobody decided before.
	Percent float64
	// Unset is true where no Telemetry resource sets Percent, which is Istio's default
	// then: a proxy's own configuration may say otherwise.
	Unset bool
	// Mute is true where the side makes spans and does not write their context into
	// the request (disableContextPropagation, Istio 1.30).
	Mute bool
	// OwnDraw is true where it samples by a number of its own, and not by the request id
	// (useRequestIdForTraceSampling false).
	OwnDraw bool
}

// At is how the proxy of a workload traces on one side, by the precedence of Istio's
// Telemetry resources (istio.io, Telemetry API, and pilot/pkg/model/telemetry.go): the
// mesh's, then the namespace's, then the workload's, each rule in turn overriding
// what it sets. Of two resources of one level the oldest counts and the other is
// ignored. A side whose span reporting is disabled does not trace at all: unlike the
// documentation of disableSpanReporting says, istiod then leaves tracing out of the
// listener (pilot/pkg/networking/core/tracing.go).
func (m Mesh) At(namespace, workload string, side Kind) Tracing {
	rule := m.rule(namespace, workload, side)
	if rule.DisableSpanReporting != nil && *rule.DisableSpanReporting {
		return Tracing{}
	}
	return Tracing{
		Provider: rule.Provider, Percent: rule.Sampling.Effective(), Unset: !rule.Sampling.Set,
		Mute:    rule.DisableContextPropagation != nil && *rule.DisableContextPropagation,
		OwnDraw: rule.RequestIDSampling != nil && !*rule.RequestIDSampling,
	}
}

// TagsAt are the tags that the proxy of a workload adds to its spans of one side besides
// Envoy's own, by the same precedence as At.
func (m Mesh) TagsAt(namespace, workload string, side Kind) AddedTags {
	rule := m.rule(namespace, workload, side)
	return AddedTags{Istio: rule.IstioTags == nil || *rule.IstioTags, Custom: rule.Tags}
}

// rule is all that holds for one side of the proxy of a workload.
func (m Mesh) rule(namespace, workload string, side Kind) Rule {
	rule := Rule{Provider: m.Provider, Sampling: m.Sampling}
	rule.override(m.Rules, side)
	var seen [2]bool
	for level, name := range []string{"", workload} {
		for _, t := range m.Telemetries {
			if t.Namespace == namespace && t.Workload == name && !seen[level] {
				seen[level] = true
				rule.override(t.Rules, side)
			}
		}
	}
	return rule
}

func (r *Rule) override(rules []Rule, side Kind) {
	for _, one := range rules {
		if one.Side != "" && one.Side != side {
			continue
		}
		if one.Provider != "" {
			r.Provider = one.Provider
		}
		if one.Sampling.Set {
			r.Sampling = one.Sampling
		}
		if one.DisableSpanReporting != nil {
			r.DisableSpanReporting = one.DisableSpanReporting
		}
		if one.DisableContextPropagation != nil {
			r.DisableContextPropagation = one.DisableContextPropagation
		}
		if len(one.Tags) > 0 {
			r.Tags = one.Tags
		}
		if one.IstioTags != nil {
			r.IstioTags = one.IstioTags
		}
		if one.RequestIDSampling != nil {
			r.RequestIDSampling = one.RequestIDSampling
		}
	}
}

// percentages are all that a proxy of the mesh may sample by.
func (m Mesh) percentages() []float64 {
	all := []float64{m.Sampling.Effective()}
	add := func(rules []Rule) {
		for _, r := range rules {
			if r.Sampling.Set {
				all = append(all, r.Sampling.Percent)
			}
		}
	}
	add(m.Rules)
	for _, t := range m.Telemetries {
		add(t.Rules)
	}
	return all
}

// String puts the mesh's tracing in words: `opentelemetry at 100 %, ward at 0 %`.
func (m Mesh) String() string {
	provider := string(m.Provider)
	if provider == "" {
		provider = "nothing"
	}
	parts := []string{provider + " at " + m.Sampling.String()}
	for _, r := range m.Rules {
		parts = append(parts, r.String())
	}
	for _, t := range m.Telemetries {
		where := t.Namespace
		if t.Workload != "" {
			where = t.Workload + "." + where
		}
		for _, r := range t.Rules {
			parts = append(parts, strings.TrimSpace(where+" "+r.String()))
		}
	}
	return printable(strings.Join(parts, ", "), maxText)
}

func (s Sampling) String() string {
	if !s.Set {
		return "the default rate"
	}
	return strconv.FormatFloat(s.Percent, 'g', -1, 64) + " %"
}

func (r Rule) String() string {
	var words []string
	if r.Provider != "" {
		words = append(words, "with "+string(r.Provider))
	}
	if r.Sampling.Set {
		words = append(words, "at "+r.Sampling.String())
	}
	words = append(words, setting(r.DisableSpanReporting, "reporting")...)
	words = append(words, setting(r.DisableContextPropagation, "propagation")...)
	words = append(words, enabled(r.IstioTags, "Istio's tags")...)
	words = append(words, enabled(r.RequestIDSampling, "the request id deciding")...)
	for _, name := range slices.Sorted(maps.Keys(r.Tags)) {
		words = append(words, "with tag "+name+" "+r.Tags[name].String())
	}
	if r.Side != "" {
		words = append(words, "on "+string(r.Side))
	}
	return strings.Join(words, " ")
}

func enabled(on *bool, what string) []string {
	if on == nil {
		return nil
	}
	disabled := !*on
	return setting(&disabled, what)
}

func setting(disabled *bool, what string) []string {
	switch {
	case disabled == nil:
		return nil
	case *disabled:
		return []string{"without " + what}
	default:
		return []string{"with " + what}
	}
}
