package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Loader collects what the command line says, and loads the whole.
type Loader struct {
	path  option
	flags []*option // In the order of the table.
}

// NewLoader gives a loader to which no flag was given yet.
func NewLoader() *Loader {
	defaults := Default()
	l := &Loader{path: option{name: "config", kind: "file"}}
	for _, f := range table(&defaults) {
		l.flags = append(l.flags, &option{
			name: f.flag, key: f.key, help: f.help, kind: f.value.Type(), bare: f.value.Bare(), standard: f.value.String(),
		})
	}
	return l
}

// AddFlags declares --config and a flag for every setting.
func (l *Loader) AddFlags(set *pflag.FlagSet) {
	set.SortFlags = false
	set.Var(&l.path, l.path.name, "configuration file (default "+FileName+" where it is there)")
	for _, f := range l.flags {
		shorthand := ""
		if f.name == "output" {
			shorthand = "o"
		}
		declared := set.VarPF(f, f.name, shorthand, f.help)
		declared.NoOptDefVal = f.bare
	}
}

// option is a flag that keeps what was given on the command line until Load: a wrong value is then
// one problem among all others. It is a pflag.Value.
type option struct {
	name, key, help, kind, bare, standard string

	given []string
}

func (f *option) Set(text string) error {
	if f.kind == "list" {
		f.given = append(f.given, text)
	} else {
		f.given = []string{text}
	}
	return nil
}

func (f *option) String() string {
	if f.given == nil {
		return f.standard
	}
	return strings.Join(f.given, ",")
}

func (f *option) Type() string { return f.kind }

// Sources are what Load reads besides the flags.
type Sources struct {
	// ReadFile reads the configuration file, as os.ReadFile does.
	ReadFile func(name string) ([]byte, error)
	// Getenv reads the environment, as os.Getenv does.
	Getenv func(name string) string
	// Checks are the ids, names and areas that there are.
	Checks []string
}

// Load gives the whole configuration, or Problems with all that is wrong with it.
func (l *Loader) Load(sources Sources) (Config, error) {
	c := Default()
	a := assembly{fields: table(&c), places: map[string]Place{}, wrong: map[string]bool{}}
	a.applyAll(l.fromFile(&a, sources.ReadFile))
	a.applyAll(fromEnvironment(sources.Getenv))
	a.applyAll(l.fromFlags())
	c.derive(&a, sources.Getenv)
	c.validate(&a, sources.Checks)
	if len(a.problems) > 0 {
		slices.SortStableFunc(a.problems, func(x, y Problem) int { return rank(x) - rank(y) })
		return Config{}, a.problems
	}
	return c, nil
}

// rank puts the problems of the file first, by line.
func rank(p Problem) int {
	if p.Where.Line > 0 {
		return p.Where.Line
	}
	return maxFile + 1
}

func (l *Loader) fromFile(a *assembly, read func(string) ([]byte, error)) []setting {
	name, named := FileName, len(l.path.given) > 0
	if named {
		name = l.path.given[0]
	}
	content, err := read(name)
	switch {
	case err != nil && !named && errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		where := Place{Name: "--" + l.path.name, Key: l.path.name}
		if !named {
			where.Name = name
		}
		a.problems = append(a.problems, Problem{where, l.path.name, fmt.Sprintf("the file cannot be read: %v", err)})
		return nil
	}
	settings, problems := readFile(name, content, a.keys())
	for _, p := range problems {
		a.wrong[p.Key] = true
	}
	a.problems = append(a.problems, problems...)
	return settings
}

func fromEnvironment(getenv func(string) string) []setting {
	const variable = "THROUGHLINE_CACHE"
	if dir := getenv(variable); dir != "" {
		return []setting{{"cacheDir", Place{Name: variable, Key: "cacheDir"}, []string{dir}}}
	}
	return nil
}

func (l *Loader) fromFlags() []setting {
	var settings []setting
	for _, f := range l.flags {
		if f.given != nil {
			settings = append(settings, setting{f.key, Place{Name: "--" + f.name, Key: f.key}, f.given})
		}
	}
	return settings
}

// assembly is a configuration that is being put together.
type assembly struct {
	fields []field
	// places holds where each setting that was given comes from; wrong the keys that have a problem.
	places   map[string]Place
	wrong    map[string]bool
	problems Problems
}

func (a *assembly) applyAll(settings []setting) {
	for _, s := range settings {
		i := slices.IndexFunc(a.fields, func(f field) bool { return f.key == s.key })
		a.places[s.key] = s.place
		if err := a.fields[i].value.Set(s.values); err != nil {
			a.problem(s.key, err.Error())
		}
	}
}

// problem says that the setting key is wrong. It is put where key was set; where it was not,
// at the first of the related settings that was.
func (a *assembly) problem(key, text string, related ...string) {
	where := a.places[key]
	for _, other := range related {
		if where == (Place{}) {
			where = a.places[other]
		}
	}
	a.wrong[key] = true
	a.problems = append(a.problems, Problem{where, key, text})
}

func (a *assembly) keys() []string {
	keys := make([]string, 0, len(a.fields))
	for _, f := range a.fields {
		keys = append(keys, f.key)
	}
	return keys
}

// derive fills in the defaults that follow from other settings or from the environment.
func (c *Config) derive(a *assembly, getenv func(string) string) {
	if c.Flavour == "" {
		c.Flavour = Upstream
		if c.Images == Registry {
			c.Flavour = Istio
		}
	}
	if c.CacheDir == "" && !a.wrong["cacheDir"] {
		switch xdg, home := getenv("XDG_CACHE_HOME"), getenv("HOME"); {
		case xdg != "":
			c.CacheDir = filepath.Join(xdg, "throughline")
		case home != "":
			c.CacheDir = filepath.Join(home, ".cache", "throughline")
		default:
			a.problem("cacheDir", "there is no home folder to put it in; set it, or THROUGHLINE_CACHE")
		}
	}
	if c.Provider == Existing && c.Kubeconfig == "" && !a.wrong["kubeconfig"] {
		switch listed, home := getenv("KUBECONFIG"), getenv("HOME"); {
		case strings.ContainsRune(listed, filepath.ListSeparator):
			a.problem("kubeconfig", "$KUBECONFIG lists several files; name the one that is meant")
		case listed != "":
			c.Kubeconfig = listed
		case home != "":
			c.Kubeconfig = filepath.Join(home, ".kube", "config")
		default:
			a.problem("kubeconfig", "there is no home folder to find it in; name the file")
		}
	}
}
