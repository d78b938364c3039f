package reports_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	generator "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/throughline/throughline/reports"
)

// schemaFile is the published schema of result.json.
const schemaFile = "../docs/schema/result.v1.json"

// schema is made of the types themselves and their comments.
func schema(t *testing.T) []byte {
	t.Helper()
	r := &generator.Reflector{Mapper: func(of reflect.Type) *generator.Schema {
		switch of {
		case reflect.TypeFor[reports.Verdict]():
			return enumeration(reports.Passed, reports.Failed, reports.Inconclusive, reports.Skipped)
		case reflect.TypeFor[reports.Profile]():
			return enumeration(reports.Profiles()...)
		}
		return nil
	}}
	const module = "github.com/throughline/throughline/reports"
	for _, dir := range []string{"./", "../traces"} {
		if err := r.AddGoComments(module, dir); err != nil {
			t.Fatal(err)
		}
	}
	made := r.Reflect(reports.Result{})
	made.ID, made.Title = generator.ID("https://"+reports.Schema), "The result of one run of throughline"
	// What json omits where it is zero may be missing.
	result := made.Definitions["Result"]
	result.Required = slices.DeleteFunc(result.Required, func(field string) bool { return field == "finished" })
	text, err := json.MarshalIndent(made, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func enumeration[T ~string](words ...T) *generator.Schema {
	s := &generator.Schema{Type: "string"}
	for _, w := range words {
		s.Enum = append(s.Enum, string(w))
	}
	return s
}

func TestThePublishedSchemaIsThatOfTheTypes(t *testing.T) {
	got := schema(t)
	if *update {
		if err := os.WriteFile(schemaFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatalf("%v; write it with -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-published +types):\n%s", schemaFile, diff)
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryKindOfResultKeepsToTheSchema(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d results, %v", len(files), err)
	}
	s := compiled(t)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(decoded(t, text)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestTheSchemaRefusesWhatIsNoResult(t *testing.T) {
	text, err := os.ReadFile("testdata/failed.json")
	if err != nil {
		t.Fatal(err)
	}
	s := compiled(t)
	for name, change := range map[string][2]string{
		"another verdict": {`"verdict": "failed"`, `"verdict": "good"`},
		"unknown field":   {`"seed":`, `"sead":`},
		"wrong type":      {`"exitCode": 1`, `"exitCode": "1"`},
	} {
		altered := strings.Replace(string(text), change[0], change[1], 1)
		if altered == string(text) {
			t.Fatalf("%s: the result has no %s", name, change[0])
		}
		if err := s.Validate(decoded(t, []byte(altered))); err == nil {
			t.Errorf("%s was let through", name)
		}
	}
}
