package suites

import (
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
)

// Profile is the profile that a check belongs to, and why.
type Profile struct {
	Name reports.Profile
	// Why says in a sentence why the check belongs there.
	Why string
}

// Core is the profile of what every mesh that traces must do.
func Core(why string) Profile { return Profile{reports.Core, why} }

// Extended is the profile of what a mesh must do where somebody uses a feature, a protocol or
// a setting that not everybody uses.
func Extended(why string) Profile { return Profile{reports.Extended, why} }

// Providers is the profile of what differs from one tracing provider to another.
func Providers(why string) Profile { return Profile{reports.Providers, why} }

// Under is the profile of a check that is made once for each provider: p where that is
// OpenTelemetry, which Istio recommends, and Providers where it is another.
func (p Profile) Under(provider traces.Provider) Profile {
	if provider == traces.OpenTelemetry {
		return p
	}
	return Providers(string(provider) + " has headers and tags of its own")
}
