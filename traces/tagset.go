package traces

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// TagSet is the tags that some spans must have: these, and unless it is Open no others.
type TagSet struct {
	// Service and Kind pick the spans; what is empty picks all.
	Service string
	Kind    Kind
	// Tags are by name.
	Tags map[string]TagWant
	// Name is what the spans' operation name must be; the zero value takes any.
	Name TagWant
	// Open allows tags that Tags does not name.
	Open bool
}

// With is the set with more tags in it; one that it has already is replaced.
func (t TagSet) With(tags map[string]TagWant) TagSet {
	all := make(map[string]TagWant, len(t.Tags)+len(tags))
	maps.Copy(all, t.Tags)
	maps.Copy(all, tags)
	t.Tags = all
	return t
}

// Without is the set without the tags of these names.
func (t TagSet) Without(names ...string) TagSet {
	t.Tags = maps.Clone(t.Tags)
	for _, name := range names {
		delete(t.Tags, name)
	}
	return t
}

func (t TagSet) picks(s *Span) bool {
	return (t.Service == "" || t.Service == s.Service) && (t.Kind == UnknownKind || t.Kind == s.Kind)
}

// Seen is a stored span with what is known of the exchange that it is about.
type Seen struct {
	Span
	// Above is the span that it hangs below; the zero Span where that is not stored.
	Above Span
	// Hop is how the application saw the exchange that was called in it, or behind it where
	// that is a gateway; nil where none recorded it, or one did more than once in this request.
	Hop *Hop
	// Request is the whole request.
	Request Exchange
}

// TagWant is what a value must be. The zero value takes any.
type TagWant struct {
	words func(Seen) string
	holds func(s Seen, got string) bool
}

func (w TagWant) in(s Seen) string {
	if w.words == nil {
		return "any value"
	}
	return w.words(s)
}

func (w TagWant) takes(s Seen, got string) bool { return w.holds == nil || w.holds(s, got) }

// TagIs wants exactly value.
func TagIs(value string) TagWant {
	return TagFrom("", func(Seen) (string, bool) { return value, true })
}

// TagOneOf wants one of some values.
func TagOneOf(values ...string) TagWant {
	return TagWant{
		words: func(Seen) string { return "one of " + Printable(strings.Join(values, ", ")) },
		holds: func(_ Seen, got string) bool { return slices.Contains(values, got) },
	}
}

// TagMatches wants the whole value to be of a form: what says it in words, and pattern
// as a regular expression. A pattern that is none is a mistake in the source, and panics.
func TagMatches(what, pattern string) TagWant {
	form := regexp.MustCompile("^(?:" + pattern + ")$")
	return TagWant{
		words: func(Seen) string { return what },
		holds: func(_ Seen, got string) bool { return form.MatchString(got) },
	}
}

// TagIsIP wants an IP address.
func TagIsIP() TagWant {
	return TagWant{
		words: func(Seen) string { return "an IP address" },
		holds: func(_ Seen, got string) bool { return isIP(got) },
	}
}

// TagFrom wants what derive gives for the span, which is false where nothing is known to
// derive it from: then no value will do. source says in words where it comes from; it may
// be empty.
func TagFrom(source string, derive func(Seen) (string, bool)) TagWant {
	return TagWant{
		words: func(s Seen) string {
			value, known := derive(s)
			switch {
			case !known:
				return source + ", which nobody recorded"
			case source == "":
				return quoted(value)
			default:
				return quoted(value) + ", " + source
			}
		},
		holds: func(s Seen, got string) bool {
			value, known := derive(s)
			return known && got == value
		},
	}
}

// TagReceived wants the value of a header as the called application received it.
func TagReceived(header string) TagWant {
	return TagFrom("the "+header+" that the called application received", func(s Seen) (string, bool) {
		if s.Hop == nil {
			return "", false
		}
		value, there := s.Hop.Received[header]
		return value, there
	})
}

// TagMessage wants what the called application says of the exchange, as of gives it: what
// names that in words.
func TagMessage(what string, of func(Hop) string) TagWant {
	return TagFrom(what+", as the called application saw it", func(s Seen) (string, bool) {
		if s.Hop == nil {
			return "", false
		}
		return of(*s.Hop), true
	})
}

// TagURL wants the URL of the exchange, its query included.
func TagURL() TagWant {
	return TagMessage("the URL of the request", func(h Hop) string { return "http://" + h.Host + h.Path })
}

// TagMethod wants the method of the request.
func TagMethod() TagWant {
	return TagMessage("the method of the request", func(h Hop) string { return h.Method })
}

// TagRequestSize and TagResponseSize want the sizes of the bodies in bytes.
func TagRequestSize() TagWant {
	return TagMessage("the size of the request's body", func(h Hop) string { return strconv.Itoa(h.RequestBytes) })
}

// TagResponseSize is described with TagRequestSize.
func TagResponseSize() TagWant {
	return TagMessage("the size of the answer's body", func(h Hop) string { return strconv.Itoa(h.ResponseBytes) })
}

// TagProtocol wants the version of HTTP that the request arrived over.
func TagProtocol() TagWant {
	return TagMessage("the protocol of the request", func(h Hop) string {
		switch h.Protocol {
		case HTTP10:
			return "HTTP/1.0"
		case H2C, GRPC, GRPCStream:
			return "HTTP/2"
		default:
			return "HTTP/1.1"
		}
	})
}

// TagCluster wants the name of the cluster to which the proxy sent the request, with after
// behind it.
func TagCluster(after string) TagWant {
	return TagFrom("the cluster of the application that was called", func(s Seen) (string, bool) {
		if s.Hop == nil {
			return "", false
		}
		_, port, found := strings.Cut(s.Hop.Host, ":")
		if !found {
			return "", false
		}
		if s.Kind == Server {
			return "inbound|" + port + "||" + after, true
		}
		return fmt.Sprintf("outbound|%s||%s.%s.svc.cluster.local%s", port, s.Hop.Service, s.Hop.Namespace, after), true
	})
}

// TagNode wants the name that Istio gives to the proxy of the span's service:
// `sidecar~10.244.0.7~cart-5d9c-x2x.shop~shop.svc.cluster.local`.
func TagNode() TagWant {
	return TagWant{
		words: func(s Seen) string {
			return fmt.Sprintf("sidecar~IP~%s-….%s~%s.svc.cluster.local, the proxy's name", Printable(s.Service), Printable(s.Namespace), Printable(s.Namespace))
		},
		holds: func(s Seen, got string) bool {
			parts := strings.Split(got, "~")
			return len(parts) == 4 && parts[0] == "sidecar" && proxyIP(s.Span) != "" &&
				strings.HasPrefix(parts[2], s.Service+"-") && strings.HasSuffix(parts[2], "."+s.Namespace) &&
				parts[3] == s.Namespace+".svc.cluster.local"
		},
	}
}

// TagOwnIP wants the address of the proxy that made the span.
func TagOwnIP() TagWant {
	return TagFrom("the address in the proxy's own node_id", func(s Seen) (string, bool) {
		ip := proxyIP(s.Span)
		return ip, ip != ""
	})
}

// TagCallerIP wants the address of the proxy that made the span above.
func TagCallerIP() TagWant {
	return TagFrom("the address in the node_id of the span above", func(s Seen) (string, bool) {
		ip := proxyIP(s.Above)
		return ip, ip != ""
	})
}

// proxyIP is the address in a span's node_id, or "".
func proxyIP(s Span) string {
	_, rest, _ := strings.Cut(s.Tags.Get("node_id"), "~")
	ip, _, _ := strings.Cut(rest, "~")
	if !isIP(ip) {
		return ""
	}
	return ip
}

// isIP says whether s is written as an address of IPv4, or looks like one of IPv6.
func isIP(s string) bool {
	if strings.Count(s, ":") >= 2 {
		return strings.Trim(s, "0123456789abcdefABCDEF:.") == ""
	}
	parts := strings.Split(s, ".")
	return len(parts) == 4 && !slices.ContainsFunc(parts, func(part string) bool {
		_, err := strconv.ParseUint(part, 10, 8)
		return err != nil
	})
}

// quoted is a value as a text shows it: an empty one must be seen too, and of a long one
// how long it is.
func quoted(value string) string {
	if value == "" {
		return "nothing"
	}
	if n := utf8.RuneCountInString(value); n > maxPrintable {
		return fmt.Sprintf("%s (%d characters)", Printable(value), n)
	}
	return Printable(value)
}
