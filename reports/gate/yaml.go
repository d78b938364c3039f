package gate

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/throughline/throughline/reports"
)

// written is a policy as its file has it.
type written struct {
	Version      scalar              `yaml:"version"`
	Name         scalar              `yaml:"name"`
	Require      *writtenRequirement `yaml:"require"`
	MaxAge       scalar              `yaml:"maxAge"`
	Evidence     scalar              `yaml:"evidence"`
	Subjects     []writtenSubject    `yaml:"subjects"`
	Duplicates   scalar              `yaml:"duplicates"`
	Inconclusive scalar              `yaml:"inconclusive"`
	Quarantine   []writtenQuarantine `yaml:"quarantine"`
	Comparison   writtenComparison   `yaml:"comparison"`
}

type writtenRequirement struct {
	Profiles     []scalar `yaml:"profiles"`
	Areas        []scalar `yaml:"areas"`
	Checks       []scalar `yaml:"checks"`
	AllowSkipped []scalar `yaml:"allowSkipped"`
}

type writtenSubject struct {
	Name     scalar              `yaml:"name"`
	Match    map[string]scalar   `yaml:"match"`
	MaxAge   scalar              `yaml:"maxAge"`
	Evidence scalar              `yaml:"evidence"`
	Require  *writtenRequirement `yaml:"require"`
}

type writtenQuarantine struct {
	Check   scalar `yaml:"check"`
	Control scalar `yaml:"control"`
	Subject scalar `yaml:"subject"`
	Owner   scalar `yaml:"owner"`
	Reason  scalar `yaml:"reason"`
	Link    scalar `yaml:"link"`
	Expires scalar `yaml:"expires"`
}

type writtenComparison struct {
	Required scalar `yaml:"required"`
	Lost     scalar `yaml:"lost"`
	Skipped  scalar `yaml:"skipped"`
	Rates    scalar `yaml:"rates"`
	Times    scalar `yaml:"times"`
	Alpha    scalar `yaml:"alpha"`
	Factor   scalar `yaml:"factor"`
	Floor    scalar `yaml:"floor"`
}

// scalar is a single value as it was written: `1.30` is a version, and not the number 1.3.
type scalar string

// UnmarshalYAML takes the text of a value.
func (s *scalar) UnmarshalYAML(node ast.Node) error {
	switch node := node.(type) {
	case *ast.LiteralNode:
		*s = scalar(strings.TrimSpace(node.Value.Value))
	case *ast.NullNode:
	case ast.ScalarNode:
		*s = scalar(node.GetToken().Value)
	default:
		return misplaced{node, "not a single value; write it as `key: value`"}
	}
	return nil
}

// misplaced is a value of the wrong kind.
type misplaced struct {
	node ast.Node
	text string
}

func (m misplaced) Error() string { return m.text }

// read takes the YAML apart.
func (d *decoding) read(text []byte, into *written) error {
	parsed, err := parser.ParseBytes(text, 0)
	if err != nil {
		return d.explain(err)
	}
	var bodies []ast.Node
	for _, doc := range parsed.Docs {
		switch doc.Body.(type) {
		case nil, *ast.CommentGroupNode, *ast.NullNode:
		default:
			bodies = append(bodies, doc.Body)
		}
	}
	if len(bodies) != 1 {
		return fmt.Errorf("%s: %d documents; write one policy, which begins with `version: %s`", d.policy.file, len(bodies), version)
	}
	switch bodies[0].(type) {
	case *ast.MappingNode, *ast.MappingValueNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
	default:
		return fmt.Errorf("%s:%d: no policy: %s stands there; write fields, the first of them `version: %s`",
			d.policy.file, lineOf(bodies[0]), kindOf(bodies[0].Type()), version)
	}
	d.note("", bodies[0])
	if err = errors.Join(d.errs...); err != nil {
		return err
	}
	if err = yaml.NodeToValue(bodies[0], into, yaml.Strict()); err != nil {
		return d.explain(err)
	}
	return nil
}

// note keeps the line of every field, and refuses what makes one value of another.
func (d *decoding) note(path string, node ast.Node) {
	switch node := node.(type) {
	case *ast.MappingNode:
		for _, pair := range node.Values {
			d.note(path, pair)
		}
	case *ast.MappingValueNode:
		at := strings.TrimPrefix(path+"."+pairKey(node), ".")
		d.policy.lines[at] = lineOf(node.Key)
		if node.Key.Type() == ast.MergeKeyType {
			d.indirect(node.Key)
		}
		d.note(at, node.Value)
	case *ast.SequenceNode:
		for i, element := range node.Values {
			at := fmt.Sprintf("%s[%d]", path, i)
			d.policy.lines[at] = lineOf(element)
			d.note(at, element)
		}
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.indirect(node)
	}
}

func (d *decoding) indirect(node ast.Node) {
	d.errs = append(d.errs, d.onLine(lineOf(node), "anchors, aliases, merges and tags are not read; write the value out"))
}

func pairKey(pair *ast.MappingValueNode) string { return pair.Key.GetToken().Value }

func lineOf(node ast.Node) int {
	if mapping, ok := node.(*ast.MappingNode); ok && len(mapping.Values) > 0 && !mapping.IsFlowStyle {
		node = mapping.Values[0].Key
	}
	if pair, ok := node.(*ast.MappingValueNode); ok {
		node = pair.Key
	}
	if t := node.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 1
}

// explain gives an error of the YAML its place.
func (d *decoding) explain(err error) error {
	var wrong misplaced
	if errors.As(err, &wrong) {
		return d.onLine(lineOf(wrong.node), wrong.text)
	}
	var known yaml.Error
	if !errors.As(err, &known) || known.GetToken() == nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return fmt.Errorf("%s: not a policy: %s", d.policy.file, reports.SafeLine(first))
	}
	line, text := known.GetToken().Position.Line, known.GetMessage()
	var unknown *yaml.UnknownFieldError
	var syntax *yaml.SyntaxError
	var kind *yaml.UnexpectedNodeTypeError
	switch {
	case errors.As(err, &unknown):
		text = fmt.Sprintf("%s: no such field; docs/gate.md lists all", known.GetToken().Value)
	case errors.As(err, &syntax):
		text = "not YAML: " + text
	case errors.As(err, &kind):
		return d.onLine(line, fmt.Sprintf("%s stands there; write %s", kindOf(kind.Actual), formOf(kind.Expected)))
	}
	return fmt.Errorf("%s:%d: %s", d.policy.file, line, reports.SafeLine(text))
}

// kindOf names a value of the wrong kind.
func kindOf(t ast.NodeType) string {
	switch t {
	case ast.SequenceType:
		return "a list"
	case ast.MappingType, ast.MappingValueType:
		return "a field"
	default:
		return "a single value"
	}
}

// formOf shows how a value of the right kind is written.
func formOf(t ast.NodeType) string {
	switch t {
	case ast.SequenceType:
		return "a list, as `[a, b]`"
	case ast.MappingType, ast.MappingValueType:
		return "fields, as `{name: value}`"
	default:
		return "a single value, as `name: value`"
	}
}

// onLine is an error of the field on a line.
func (d *decoding) onLine(line int, text string) error {
	field := ""
	for _, path := range slices.Sorted(maps.Keys(d.policy.lines)) {
		if d.policy.lines[path] == line {
			field = path + ": "
			break
		}
	}
	return fmt.Errorf("%s:%d: %s%s", d.policy.file, line, reports.SafeLine(field), reports.SafeLine(text))
}
