package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value reads and writes one setting as text. A failed Set leaves it as it was, and
// its error says what is wrong and what to do, without naming the field.
type value interface {
	// Set takes what the user wrote; several texts are the elements of a list.
	Set(texts []string) error
	String() string
	// Type is the word for the value in the help of its flag.
	Type() string
	// Bare is what a flag without a value means; "" where a value is needed.
	Bare() string
}

// scalar is a value of a single text.
type scalar struct {
	set  func(string) error
	get  func() string
	kind string
	bare string
}

func (s scalar) Set(texts []string) error {
	if len(texts) != 1 {
		return fmt.Errorf("%d values; give one", len(texts))
	}
	if strings.TrimSpace(texts[0]) == "" {
		return errors.New("it is empty; give a value or leave it out")
	}
	return s.set(texts[0])
}

func (s scalar) String() string { return s.get() }
func (s scalar) Type() string   { return s.kind }
func (s scalar) Bare() string   { return s.bare }

func text(p *string) value {
	return scalar{
		set: func(t string) error {
			if i := strings.IndexFunc(t, func(r rune) bool { return r < ' ' || r == 0x7f }); i >= 0 {
				return fmt.Errorf("%q has a control character in it; leave it out", t)
			}
			*p = t
			return nil
		},
		get:  func() string { return *p },
		kind: "text",
	}
}

func boolean(p *bool) value {
	return scalar{
		set: func(t string) error {
			on, err := strconv.ParseBool(t)
			if err != nil {
				return fmt.Errorf("%q is neither true nor false", t)
			}
			*p = on
			return nil
		},
		get:  func() string { return strconv.FormatBool(*p) },
		kind: "bool",
		bare: "true",
	}
}

func integer(p *int64) value {
	return scalar{
		set: func(t string) error {
			n, err := strconv.ParseInt(t, 10, 64)
			if err != nil || n < 0 {
				return fmt.Errorf("%q is no whole number; give one from 0 to %d", t, int64(math.MaxInt64))
			}
			*p = n
			return nil
		},
		get:  func() string { return strconv.FormatInt(*p, 10) },
		kind: "number",
	}
}

func number(p *float64) value {
	return scalar{
		set: func(t string) error {
			n, err := strconv.ParseFloat(t, 64)
			if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
				return fmt.Errorf("%q is no number; give one like 0.000001 or 1e-6", t)
			}
			*p = n
			return nil
		},
		get:  func() string { return strconv.FormatFloat(*p, 'g', -1, 64) },
		kind: "number",
	}
}

func duration(p *time.Duration) value {
	return scalar{
		set: func(t string) error {
			d, err := time.ParseDuration(t)
			if err != nil {
				return fmt.Errorf("%q is no duration; give one like 30s or 5m", t)
			}
			*p = d
			return nil
		},
		get:  func() string { return p.String() },
		kind: "duration",
	}
}

// choice is one of a few words. A switch also takes true and false.
func choice[T ~string](p *T, allowed ...T) value {
	words := make([]string, 0, len(allowed))
	for _, a := range allowed {
		words = append(words, string(a))
	}
	bare := ""
	if slices.Contains(words, string(Yes)) {
		bare = string(Yes)
	}
	return scalar{
		set: func(t string) error {
			if bare != "" {
				t = asSwitch(t)
			}
			if !slices.Contains(words, t) {
				return fmt.Errorf("%q is none of %s%s", t, strings.Join(words, ", "), suggest(t, words))
			}
			*p = T(t)
			return nil
		},
		get:  func() string { return string(*p) },
		kind: strings.Join(words, "|"),
		bare: bare,
	}
}

func asSwitch(t string) string {
	switch t {
	case "true":
		return string(Yes)
	case "false":
		return string(No)
	}
	return t
}

// listed is a list of words.
type listed struct{ p *[]string }

func list(p *[]string) value { return listed{p} }

func (l listed) Set(texts []string) error {
	var all []string
	for _, t := range texts {
		for word := range strings.SplitSeq(t, ",") {
			if word = strings.TrimSpace(word); word == "" {
				return fmt.Errorf("%q has an empty element; leave it out", strings.Join(texts, ","))
			}
			if !slices.Contains(all, word) {
				all = append(all, word)
			}
		}
	}
	if len(all) == 0 {
		return errors.New("the list is empty; leave it out to mean all")
	}
	*l.p = all
	return nil
}

func (l listed) String() string { return strings.Join(*l.p, ",") }
func (listed) Type() string     { return "list" }
func (listed) Bare() string     { return "" }
