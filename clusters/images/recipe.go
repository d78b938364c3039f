package images

import (
	"embed"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/throughline/throughline/clusters/images/internal/cache"
)

// recipes is the code by which parts are made, so that a change of it changes their keys.
//
//go:embed assembly.go internal/debian internal/layers internal/node
var recipes embed.FS

// addRecipe adds the code below some files and folders to a key, tests aside.
func addRecipe(key *cache.Key, places ...string) error {
	var problems []error
	for _, place := range places {
		problems = append(problems, fs.WalkDir(recipes, place, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") || path.Base(name) == "doc.go" {
				return err
			}
			data, err := recipes.ReadFile(name)
			key.Add(name, string(data))
			return err
		}))
	}
	return errors.Join(problems...)
}
