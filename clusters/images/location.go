package images

import (
	"fmt"
	"net"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// plainScheme in front of a registry says that it is spoken to without TLS.
const plainScheme = "http://"

// Location is a registry that images are pulled from in place of the official ones. The
// zero Location means the official ones.
type Location struct {
	// Host is the registry's name or IP, with a port where it has its own.
	Host string
	// Plain says that the registry is spoken to without TLS.
	Plain bool
	// folder is what the images' names begin with in the registry, each part with a slash.
	folder string
}

// ParseLocation reads a registry as a user writes it: a host, perhaps a port, perhaps a
// folder below it, and http:// in front if it has no TLS. Empty text is the zero Location.
func ParseLocation(text string) (Location, error) {
	if text == "" {
		return Location{}, nil
	}
	rest, plain := strings.CutPrefix(text, plainScheme)
	host, folder, _ := strings.Cut(rest, "/")
	repository, err := name.NewRepository(rest+"/app", name.StrictValidation)
	if err != nil || repository.RegistryStr() != host || strings.HasSuffix(host, ":") {
		return Location{}, fmt.Errorf("%q is no registry; give a host such as registry.example or 10.0.0.5:5000, with http:// in front only if it has no TLS", text)
	}
	if folder != "" {
		folder += "/"
	}
	return Location{Host: host, Plain: plain, folder: folder}, nil
}

// Official says that no registry takes the place of the official ones.
func (l Location) Official() bool { return l.Host == "" }

// reference is that of the image of a role.
func (l Location) reference(role, tag string) string {
	return l.Host + "/" + l.folder + role + ":" + tag
}

// options are how a reference in the registry is read.
func (l Location) options() []name.Option {
	if l.Plain {
		return []name.Option{name.Insecure}
	}
	return nil
}

// Address is what to connect to, with the port.
func (l Location) Address() string {
	if _, _, err := net.SplitHostPort(l.Host); err == nil {
		return l.Host
	}
	if l.Plain {
		return net.JoinHostPort(l.Host, "80")
	}
	return net.JoinHostPort(l.Host, "443")
}
