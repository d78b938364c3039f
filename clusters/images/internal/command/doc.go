// Package command runs the programs that an image build needs, so that a failure
// explains itself and a cancelled build leaves no process behind.
//
//	err := command.Command{
//		Path: "go", Args: []string{"build", "./..."}, Dir: dir,
//	}.Run(ctx)
//
// A [Command] runs in a process group of its own, which is killed as a whole when ctx
// ends; the program itself ends with the calling process when that is killed. An error
// is an [*Error], which keeps the command line and the last lines of its output.
//
// It does not interpret output, retry, or use a shell.
package command
