package matrix

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile is the largest matrix file that is read.
const maxFile = 1 << 20

// reading is a file that is being read. It collects everything that is wrong.
type reading struct {
	name     string
	problems []problem
}

type problem struct {
	line int
	text string
}

// fail says that the field is wrong; it is empty where the whole file is meant.
func (r *reading) fail(line int, field, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if field != "" {
		text = field + ": " + text
	}
	r.problems = append(r.problems, problem{line, text})
}

// err is everything that is wrong, in order of line.
func (r *reading) err() error {
	slices.SortStableFunc(r.problems, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
	var errs []error
	for _, p := range r.problems {
		errs = append(errs, fmt.Errorf("%s:%d: %s", r.name, p.line, p.text))
	}
	return errors.Join(errs...)
}

// document is the one document of the file, or nil with what is wrong.
func (r *reading) document(content []byte) ast.Node {
	if len(content) > maxFile {
		r.fail(1, "", "larger than 1 MiB; this is no matrix")
		return nil
	}
	parsed, err := parser.ParseBytes(content, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	var bodies []ast.Node
	for _, one := range parsed.Docs {
		switch one.Body.(type) {
		case nil, *ast.CommentGroupNode, *ast.NullNode:
		default:
			bodies = append(bodies, one.Body)
		}
	}
	switch len(bodies) {
	case 0:
		r.fail(1, "", "empty; write `version: %s` and `axes`", Version)
		return nil
	case 1:
		return bodies[0]
	default:
		r.fail(lineOf(bodies[1]), "", "a second document; keep one")
		return nil
	}
}

func (r *reading) syntax(err error) {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		r.fail(syntax.Token.Position.Line, "", "not YAML: %s", syntax.Message)
		return
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	r.fail(1, "", "not YAML: %s", first)
}

// entry is one key of a mapping, with its value.
type entry struct {
	key   string
	line  int
	value ast.Node
}

// entries reads a mapping whose keys are some of known, each a what ("field", "axis", "flag").
func (r *reading) entries(field string, line int, node ast.Node, what string, known []string) []entry {
	var pairs []*ast.MappingValueNode
	switch node := node.(type) {
	case *ast.MappingNode:
		pairs = node.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{node}
	default:
		r.fail(line, field, "not a mapping; write `key: value`")
		return nil
	}
	var entries []entry
	seen := map[string]bool{}
	for _, pair := range pairs {
		e := entry{pair.Key.GetToken().Value, lineOf(pair.Key), pair.Value}
		at := join(field, e.key)
		switch {
		case pair.Key.Type() == ast.MergeKeyType || pair.Key.Type() == ast.MappingKeyType:
			r.fail(e.line, field, "%q is no plain key; write the %s out", pair.Key.String(), what)
		case !slices.Contains(known, e.key):
			r.fail(e.line, at, "no such %s; %s", what, expected(known))
		case seen[e.key]:
			r.fail(e.line, at, "written twice; keep one")
		default:
			seen[e.key] = true
			entries = append(entries, e)
		}
	}
	return entries
}

// fewWords is how many words are listed in an error.
const fewWords = 12

func expected(words []string) string {
	if len(words) > fewWords {
		return "`throughline run --help` lists all"
	}
	return "expected one of " + strings.Join(words, ", ")
}

// elements reads a list.
func (r *reading) elements(field string, line int, node ast.Node) []ast.Node {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		r.fail(line, field, "not a list; write `[first, second]`, or each element behind a dash")
		return nil
	}
	return list.Values
}

// scalar reads a single value as the text that the file has.
func (r *reading) scalar(field string, line int, node ast.Node) (string, bool) {
	switch node := node.(type) {
	case nil, *ast.NullNode:
		r.fail(line, field, "it is empty; give a value or leave it out")
	case *ast.LiteralNode:
		return strings.TrimSpace(node.Value.Value), true
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		r.fail(line, field, "anchors, aliases and tags are not read; write the value out")
	case ast.ScalarNode:
		return node.GetToken().Value, true
	default:
		r.fail(line, field, "not a single value; write it as `key: value`")
	}
	return "", false
}

func join(field, key string) string { return strings.TrimPrefix(field+"."+key, ".") }

func lineOf(node ast.Node) int {
	if mapping, ok := node.(*ast.MappingNode); ok && len(mapping.Values) > 0 && !mapping.IsFlowStyle {
		node = mapping.Values[0].Key
	}
	if t := node.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 1
}
