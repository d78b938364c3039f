// Package config is the one configuration of a run.
//
// Every field has a key in throughline.yaml and a flag; both come from one table,
// with one help text. A flag outranks the environment, the environment the file, the
// file the default. The file is read strictly, and the whole configuration is
// validated before anything starts: all problems come at once, each with its place.
//
//	loader := config.NewLoader()
//	loader.AddFlags(cmd.Flags())
//	... // Parse the command line.
//	cfg, err := loader.Load(config.Sources{ReadFile: os.ReadFile, Getenv: os.Getenv, Checks: ids})
//
// The package looks at no file but the configuration's, and at nothing that the
// configuration names: whether a path exists is for its user to find out.
package config
