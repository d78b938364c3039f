package tracefile_test

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/throughline/throughline/traces"
)

// A record is one span in words that both formats have.
type record struct {
	trace          traces.TraceID
	id, parent     traces.SpanID
	links          []traces.Link
	service        string
	resource       []traces.Tag
	scope, version string
	name           string
	kind           int
	startMicros    int64
	durationMicros int64
	attributes     []traces.Tag
	status         int
	message, state string
}

func kinds() []string { return []string{"", "internal", "server", "client", "producer", "consumer"} }

// tags are those that Jaeger stores of the record.
func (r record) tags() []traces.Tag {
	tags := []traces.Tag{}
	add := func(key, value string) {
		if value != "" {
			tags = append(tags, traces.Tag{Key: key, Value: value})
		}
	}
	add("otel.scope.name", r.scope)
	add("otel.scope.version", r.version)
	tags = append(tags, r.attributes...)
	add("span.kind", kinds()[r.kind])
	add("otel.status_code", []string{"", "OK", "ERROR"}[r.status])
	add("error", []string{"", "", "true"}[r.status])
	add("otel.status_description", r.message)
	add("w3c.tracestate", r.state)
	return tags
}

// span is the record in the model.
func (r record) span() traces.Span {
	s := traces.Span{
		TraceID: r.trace, ID: r.id, Parent: r.parent, Links: r.links, Name: r.name,
		Start: time.UnixMicro(r.startMicros).UTC(), Duration: time.Duration(r.durationMicros) * time.Microsecond,
		Tags: traces.TagsOf(append(r.tags(), r.resource...)...),
	}
	s.Service, s.Namespace = traces.SplitServiceName(r.service)
	s.ReadTags()
	return s
}

// An object is one of JSON.
type object map[string]any

func attributes(tags []traces.Tag) []object {
	out := []object{}
	for _, tag := range tags {
		out = append(out, object{"key": tag.Key, "value": object{"stringValue": tag.Value}})
	}
	return out
}

// asOTLP writes each record as a resource of its own.
func asOTLP(records []record) []byte {
	all := []object{}
	for _, r := range records {
		links := []object{}
		for _, l := range r.links {
			links = append(links, object{"traceId": l.TraceID.String(), "spanId": l.SpanID.String()})
		}
		resource := append([]traces.Tag{{Key: "service.name", Value: r.service}}, r.resource...)
		span := object{
			"traceId": r.trace.String(), "spanId": r.id.String(), "parentSpanId": r.parent.String(), "links": links,
			"name": r.name, "kind": r.kind, "traceState": r.state,
			"startTimeUnixNano": strconv.FormatInt(1000*r.startMicros, 10),
			"endTimeUnixNano":   strconv.FormatInt(1000*(r.startMicros+r.durationMicros), 10),
			"attributes":        attributes(r.attributes),
			"status":            object{"code": r.status, "message": r.message},
		}
		all = append(all, object{
			"resource": object{"attributes": attributes(resource)},
			"scopeSpans": []object{{
				"scope": object{"name": r.scope, "version": r.version},
				"spans": []object{span},
			}},
		})
	}
	return encoded(object{"resourceSpans": all})
}

func typed(tags []traces.Tag) []object {
	out := []object{}
	for _, tag := range tags {
		one := object{"key": tag.Key, "type": "string", "value": tag.Value}
		if tag.Key == "error" && tag.Value == "true" {
			one["type"], one["value"] = "bool", true
		}
		out = append(out, one)
	}
	return out
}

// asJaeger writes each record as a trace of its own with a process of its own.
func asJaeger(records []record) []byte {
	all := []object{}
	for _, r := range records {
		references := []object{}
		refer := func(kind string, trace traces.TraceID, span traces.SpanID) {
			references = append(references, object{"refType": kind, "traceID": trace.String(), "spanID": span.String()})
		}
		if (r.parent != traces.SpanID{}) {
			refer("CHILD_OF", r.trace, r.parent)
		}
		for _, l := range r.links {
			refer("FOLLOWS_FROM", l.TraceID, l.SpanID)
		}
		all = append(all, object{
			"traceID": r.trace.String(),
			"spans": []object{{
				"traceID": r.trace.String(), "spanID": r.id.String(), "operationName": r.name, "references": references,
				// As Jaeger does, also where the duration is negative.
				"startTime": uint64(r.startMicros), "duration": uint64(r.durationMicros),
				"tags": typed(r.tags()), "logs": []object{}, "processID": "p1", "warnings": nil,
			}},
			"processes": object{"p1": object{"serviceName": r.service, "tags": typed(r.resource)}},
			"warnings":  nil,
		})
	}
	return encoded(object{"data": all, "total": 0, "limit": 0, "offset": 0, "errors": nil})
}

// encoded cannot fail: there is nothing but strings and numbers in it.
func encoded(o object) []byte {
	data, err := json.Marshal(o)
	if err != nil {
		return []byte(err.Error())
	}
	return data
}
