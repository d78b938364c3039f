package tracefile

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/throughline/throughline/traces"
)

// DefaultMaxBytes is the limit of Options.MaxBytes where none is given: 64 MiB.
const DefaultMaxBytes = 64 << 20

// Options says how to read a file. The zero value is useful.
type Options struct {
	// MaxBytes is how large the file may be, both as it is and unpacked. A larger one is
	// an error. 0 means DefaultMaxBytes.
	MaxBytes int64
}

// Read reads all traces of r. Spans of one trace id are one trace, wherever in the file
// they are; the traces come in order of id, their spans in order of start, equal ones in
// order of id. A file whose format says that there are no traces gives none.
func Read(r io.Reader, o Options) ([]traces.Trace, error) {
	data, err := load(r, cmp.Or(o.MaxBytes, DefaultMaxBytes))
	if err != nil {
		return nil, err
	}
	found := gathered{at: map[traces.TraceID]int{}}
	dec := jsontext.NewDecoder(bytes.NewBuffer(data))
	for {
		err := readDocument(dec, &found)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, place(data, err)
		}
	}
	if dec.InputOffset() == 0 {
		return nil, fmt.Errorf("the file is empty; want %s", formats)
	}
	return found.sorted(), nil
}

// load reads everything, unpacked, and at most limit bytes of it.
func load(r io.Reader, limit int64) ([]byte, error) {
	packed := bufio.NewReader(&limited{r: r, left: limit, limit: limit})
	// A file shorter than the two bytes is not gzip; the next read tells why.
	if magic, _ := packed.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return io.ReadAll(packed)
	}
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return nil, fmt.Errorf("unpack gzip: %w", err)
	}
	data, err := io.ReadAll(&limited{r: unpacked, left: limit, limit: limit})
	if err != nil {
		return nil, fmt.Errorf("unpack gzip: %w", err)
	}
	return data, nil
}

// limited fails once more than limit bytes have come.
type limited struct {
	r           io.Reader
	left, limit int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return 0, fmt.Errorf("larger than %d bytes; raise MaxBytes to read it", l.limit)
	}
	return n, err
}

// gathered are the traces so far.
type gathered struct {
	traces []traces.Trace
	at     map[traces.TraceID]int
}

// trace is the trace of id, which is begun if it is new. The next call may move it.
func (g *gathered) trace(id traces.TraceID) *traces.Trace {
	i, known := g.at[id]
	if !known {
		i = len(g.traces)
		g.at[id] = i
		g.traces = append(g.traces, traces.Trace{ID: id})
	}
	return &g.traces[i]
}

func (g *gathered) sorted() []traces.Trace {
	for _, t := range g.traces {
		slices.SortStableFunc(t.Spans, func(a, b traces.Span) int {
			return cmp.Or(a.Start.Compare(b.Start), bytes.Compare(a.ID[:], b.ID[:]))
		})
	}
	slices.SortFunc(g.traces, func(a, b traces.Trace) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return g.traces
}
