package traces

import "time"

// maxBehind bounds how long a relay may hold what passes.
const maxBehind = 10 * time.Second

// Agrees says whether a service can be deployed in both forms at once: they are the same
// but for a second port, and a relay that only one of them asks for.
func (f Form) Agrees(other Form) bool {
	if f.Behind != 0 && other.Behind != 0 && f.Behind != other.Behind {
		return false
	}
	f.TwoPorts, f.Behind, other.TwoPorts, other.Behind = false, 0, false, 0
	return f == other
}

// form checks how a service is deployed.
func (v *validation) form(place string, s Service) {
	f := s.Form
	if f.Behind < 0 || f.Behind > maxBehind {
		v.fail(place+".behind", "%s is not from 0s to %s; give how long the relay holds what passes", f.Behind, maxBehind)
	}
	if f.Absent && (s.Bare || f != (Form{Absent: true})) {
		v.fail(place+".absent", "a service without pods has no other form, and no twin without a sidecar; give it Absent alone")
	}
	if f.Absent && (len(s.Steps) > 0 || len(s.Versions) > 0 || s.SDK != NoSDK || s.Work != (Work{}) || !s.Forward.Plain() || s.Gateway) {
		v.fail(place+".absent", "no pod stands behind the service; give it no steps, versions, SDK, work or forwarding, and make it no gateway")
	}
	if f.Behind > 0 && len(s.Versions) > 0 {
		v.fail(place+".behind", "a relay chooses no version; give the service none, or no relay")
	}
}

// relayed checks that a call that goes through a relay finds one.
func (v *validation) relayed(place string, call Call) {
	i, known := v.known[call.To]
	if !call.Shape.Relayed || !known {
		return
	}
	s := v.topology.Services[i]
	if s.Form.Behind == 0 || s.Bare {
		v.fail(place+".relayed", "%q has no relay; set form.behind of the service, and leave it its sidecar", call.To)
	}
	if call.Protocol == TCP {
		v.fail(place+".relayed", "a relay passes HTTP and gRPC on; call %q over one of them", call.To)
	}
}
