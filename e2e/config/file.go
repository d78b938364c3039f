package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile is the largest configuration file that is read.
const maxFile = 1 << 20

// setting is what the user gave for one key, and where.
type setting struct {
	key    string
	place  Place
	values []string
}

// file reads the settings of a configuration file.
type file struct {
	name     string
	keys     []string // Every key of the table.
	settings []setting
	problems []Problem
}

// readFile takes the text of a configuration file apart. Settings that it cannot
// make out are problems.
func readFile(name string, content []byte, keys []string) ([]setting, []Problem) {
	f := &file{name: name, keys: append([]string{"version"}, keys...)}
	if len(content) > maxFile {
		f.problem(1, "", "larger than 1 MiB; this is no configuration of throughline")
		return nil, f.problems
	}
	parsed, err := parser.ParseBytes(content, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		f.syntax(err)
		return nil, f.problems
	}
	switch bodies := bodiesOf(parsed); len(bodies) {
	case 0:
	case 1:
		f.mapping("", bodies[0])
	default:
		f.problem(lineOf(bodies[1]), "", "a second document; keep one")
		return nil, f.problems
	}
	f.version()
	return f.settings, f.problems
}

func bodiesOf(parsed *ast.File) []ast.Node {
	var bodies []ast.Node
	for _, doc := range parsed.Docs {
		switch doc.Body.(type) {
		case nil, *ast.CommentGroupNode, *ast.NullNode:
		default:
			bodies = append(bodies, doc.Body)
		}
	}
	return bodies
}

func (f *file) problem(line int, key, text string) {
	f.problems = append(f.problems, Problem{f.place(line), key, text})
}

func (f *file) place(line int) Place { return Place{Name: f.name, Line: line} }

func (f *file) syntax(err error) {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		f.problem(syntax.Token.Position.Line, "", "not YAML: "+syntax.Message)
		return
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	f.problem(1, "", "not YAML: "+first)
}

// mapping reads the fields below prefix.
func (f *file) mapping(prefix string, node ast.Node) {
	var pairs []*ast.MappingValueNode
	switch node := node.(type) {
	case *ast.MappingNode:
		pairs = node.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{node}
	default:
		f.problem(lineOf(node), strings.TrimSuffix(prefix, "."), "not a mapping; write fields as `key: value`")
		return
	}
	seen := map[string]bool{}
	for _, pair := range pairs {
		key := prefix + pair.Key.GetToken().Value
		if pair.Key.Type() == ast.MergeKeyType || pair.Key.Type() == ast.MappingKeyType {
			f.problem(lineOf(pair.Key), "", fmt.Sprintf("%q is no plain key; write the field out", pair.Key.String()))
			continue
		}
		if seen[key] {
			f.problem(lineOf(pair.Key), key, "written twice; keep one")
			continue
		}
		seen[key] = true
		f.field(key, pair)
	}
}

func (f *file) field(key string, pair *ast.MappingValueNode) {
	line := lineOf(pair.Key)
	switch {
	case slices.Contains(f.keys, key):
		if values, problem := valuesOf(pair.Value); problem != "" {
			f.problem(line, key, problem)
		} else {
			f.settings = append(f.settings, setting{key, f.place(line), values})
		}
	case len(f.below(key)) > 0:
		if isMapping(pair.Value) {
			f.mapping(key+".", pair.Value)
		} else {
			f.problem(line, key, "not a mapping; its fields are "+strings.Join(f.below(key), ", "))
		}
	default:
		f.problem(line, key, "no such field"+suggest(key, f.keys)+"; `throughline run --help` lists all")
	}
}

// below lists the last parts of the keys below key.
func (f *file) below(key string) []string {
	var names []string
	for _, k := range f.keys {
		if name, ok := strings.CutPrefix(k, key+"."); ok {
			names = append(names, name)
		}
	}
	return names
}

// version takes the version out of the settings: it is the file's, and no setting of the run.
func (f *file) version() {
	i := slices.IndexFunc(f.settings, func(s setting) bool { return s.key == "version" })
	if i < 0 {
		for _, p := range f.problems {
			if p.Key == "version" {
				return
			}
		}
		f.problem(1, "version", "missing; write `version: "+Version+"` as the first line")
		return
	}
	if s := f.settings[i]; !slices.Equal(s.values, []string{Version}) {
		f.problem(s.place.Line, "version", fmt.Sprintf("%q is not known; this throughline reads version %s", strings.Join(s.values, ","), Version))
	}
	f.settings = slices.Delete(f.settings, i, i+1)
}

// valuesOf are the texts of a scalar or of a list of scalars.
func valuesOf(node ast.Node) (values []string, problem string) {
	switch node := node.(type) {
	case *ast.SequenceNode:
		values = []string{}
		for _, element := range node.Values {
			value, problem := scalarOf(element)
			if problem != "" {
				return nil, problem
			}
			values = append(values, value)
		}
		return values, ""
	default:
		value, problem := scalarOf(node)
		return []string{value}, problem
	}
}

func scalarOf(node ast.Node) (value, problem string) {
	switch node := node.(type) {
	case nil, *ast.NullNode:
		return "", "it is empty; give a value or leave it out"
	case *ast.LiteralNode:
		return strings.TrimSpace(node.Value.Value), ""
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return "", "anchors, aliases and tags are not read; write the value out"
	case ast.ScalarNode:
		return node.GetToken().Value, ""
	default:
		return "", "not a single value; write it as `key: value`"
	}
}

func isMapping(node ast.Node) bool {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

func lineOf(node ast.Node) int {
	if t := node.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 1
}
