package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/rundir"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// shownTrees is how many observed traces are drawn; spans.json holds them all.
const shownTrees = 20

// keep writes an exhibit of what a spec was judged by into its evidence folder, and all of it
// where it did not pass. A spec that was skipped was judged by nothing, and a control that
// passed shows what its findings say.
func keep(folder *rundir.Evidence, s spec, out suites.Outcome) error {
	if out.Verdict == reports.Skipped || out.Verdict == reports.Passed && s.control != nil {
		return nil
	}
	shown, err := exhibitFile(s.check, out)
	if err == nil {
		err = folder.Write(rundir.ExhibitFile, shown)
	}
	if err != nil || out.Verdict == reports.Passed {
		return err
	}
	spans, err := json.MarshalIndent(out.Evidence.Traces, "", " ")
	if err != nil {
		return fmt.Errorf("encode spans: %w", err)
	}
	for _, file := range []struct {
		name string
		data []byte
	}{
		{rundir.SpansFile, spans},
		{rundir.ExpectedFile, []byte(s.check.Expected.String() + "\n")},
		{rundir.ObservedFile, []byte(drawTraces(out.Evidence.Traces))},
		{rundir.HopsFile, []byte(drawHops(out.Evidence))},
		{rundir.ProxiesFile, []byte(drawProxies(out.Evidence.Proxies))},
	} {
		if err := folder.Write(file.name, file.data); err != nil {
			return err
		}
	}
	return nil
}

func drawTraces(stored []traces.Trace) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d traces", len(stored))
	if len(stored) > shownTrees {
		fmt.Fprintf(&text, ", the first %d drawn, all of them in %s", shownTrees, rundir.SpansFile)
		stored = stored[:shownTrees]
	}
	text.WriteString("\n")
	for _, trace := range stored {
		text.WriteString("\n" + trace.Tree())
	}
	return text.String()
}

// shownRequests is how many requests are followed from hop to hop.
const shownRequests = 20

// drawHops lists, request by request, what each application received and sent.
func drawHops(ev traces.Evidence) string {
	byRequest := map[string][]traces.Hop{}
	for _, hop := range ev.Hops {
		byRequest[hop.Request] = append(byRequest[hop.Request], hop)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d requests, %d hops\n", len(ev.Requests), len(ev.Hops))
	for i, request := range ev.Requests {
		if i == shownRequests {
			fmt.Fprintf(&text, "\nand %d requests more\n", len(ev.Requests)-i)
			break
		}
		fmt.Fprintf(&text, "\n%s: the caller saw status %d after %s %s\n", traces.Printable(request.Request),
			request.Status, request.End.Sub(request.Start), traces.Printable(request.Err))
		hops := byRequest[request.Request]
		slices.SortStableFunc(hops, func(a, b traces.Hop) int { return a.Start.Compare(b.Start) })
		for _, hop := range hops {
			drawHop(&text, hop)
		}
	}
	return text.String()
}

func drawHop(text *strings.Builder, hop traces.Hop) {
	sidecar := ""
	if hop.Bare {
		sidecar = ", without a sidecar"
	}
	fmt.Fprintf(text, "  %s.%s (%s%s) answered %d after %s\n", hop.Service, hop.Namespace, hop.Protocol, sidecar,
		hop.Status, hop.End.Sub(hop.Start))
	drawHeaders(text, "received", hop.Received)
	for _, sent := range hop.Sent {
		fmt.Fprintf(text, "    called %s (%s), which answered %d %s\n", traces.Printable(sent.To), sent.Protocol,
			sent.Status, traces.Printable(sent.Err))
		drawHeaders(text, "with", sent.Headers)
	}
}

func drawHeaders(text *strings.Builder, verb string, headers map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(text, "    %-8s %s: %s\n", verb, traces.Printable(name), traces.Printable(headers[name]))
		verb = ""
	}
}

func drawProxies(proxies []traces.ProxyCount) string {
	var text strings.Builder
	text.WriteString("spans that each proxy sent and dropped while the evidence was gathered\n\n")
	for _, p := range proxies {
		fmt.Fprintf(&text, "%6d sent %6d dropped  %s.%s (%s)\n", p.Sent, p.Dropped, p.Service, p.Namespace, p.Pod)
	}
	return text.String()
}
