package tracefile_test

import (
	"fmt"
	"strings"

	"github.com/throughline/throughline/traces/tracefile"
)

// A download of Jaeger's UI becomes traces that the oracle can judge.
func ExampleRead() {
	download := `{"data": [{
		"traceID": "0af7651916cd43dd8448eb211c80319c",
		"spans": [{
			"traceID": "0af7651916cd43dd8448eb211c80319c", "spanID": "b7ad6b7169203331",
			"operationName": "buy", "references": [], "startTime": 1767268800000000, "duration": 4000,
			"tags": [{"key": "span.kind", "type": "string", "value": "client"}], "processID": "p1"
		}],
		"processes": {"p1": {"serviceName": "web.shop", "tags": []}}
	}]}`
	found, err := tracefile.Read(strings.NewReader(download), tracefile.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range found {
		for _, s := range t.Spans {
			fmt.Println(t.ID, s.Service, s.Namespace, s.Kind, s.Duration)
		}
	}
	// Output:
	// 0af7651916cd43dd8448eb211c80319c web shop CLIENT 4ms
}
