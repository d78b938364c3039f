package clusters

import (
	"errors"
	"os"
	"strings"
	"sync"
)

// environment guards the process's environment while kind reads it.
//
//nolint:gochecknoglobals // What it guards belongs to the whole process too.
var environment sync.Mutex

// withEnvironment runs fn with these variables set, each KEY=VALUE, an empty
// value meaning unset, and puts back what was there. It is the one place that
// changes the environment: kind starts the docker command without a way to hand
// it one. At most one fn runs at a time.
func withEnvironment(env []string, fn func() error) error {
	environment.Lock()
	defer environment.Unlock()
	var restore []func() error
	defer func() {
		for _, undo := range restore {
			_ = undo()
		}
	}()
	for _, variable := range env {
		key, value, _ := strings.Cut(variable, "=")
		before, was := os.LookupEnv(key)
		restore = append(restore, func() error { return set(key, before, was) })
		if err := set(key, value, value != ""); err != nil {
			return errors.Join(errors.New("set "+key+" for kind"), err)
		}
	}
	return fn()
}

func set(key, value string, present bool) error {
	if !present {
		return os.Unsetenv(key)
	}
	return os.Setenv(key, value)
}
