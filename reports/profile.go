package reports

// Profile is a part of what a mesh promises. A mesh conforms to each by itself.
type Profile string

// The profiles.
const (
	// Core is what every mesh that traces must do, whatever its provider and its settings.
	Core Profile = "core"
	// Extended is what a mesh must do where somebody uses a feature, a protocol or a
	// setting that not everybody uses.
	Extended Profile = "extended"
	// Providers is what differs from one tracing provider to another.
	Providers Profile = "providers"
)

// Profiles are all profiles, in the order in which they are told.
func Profiles() []Profile { return []Profile{Core, Extended, Providers} }

// Known says whether it is one of Profiles.
func (p Profile) Known() bool {
	for _, known := range Profiles() {
		if p == known {
			return true
		}
	}
	return false
}
