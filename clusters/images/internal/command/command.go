package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// tailLines is how many of the last lines of output an Error keeps.
const tailLines = 20

// stopGrace is how long a killed command's output pipes may stay open.
const stopGrace = 5 * time.Second

// Command is one program to run. Only Path is required.
type Command struct {
	Path string
	Args []string
	// Dir is the working directory; empty means the caller's.
	Dir string
	// Env is added to the environment of the calling process.
	Env []string
	// Stdin is read by the program; nil means no input.
	Stdin io.Reader
	// Stdout receives standard output. Nil means that standard output counts as
	// log, as standard error always does.
	Stdout io.Writer
	// Log receives what the program logs, besides the lines that an Error keeps.
	Log io.Writer
	// Isolated gives the program mount and process namespaces of its own, so that what
	// it mounts and starts is gone when it ends, however it ends. It needs root.
	Isolated bool
}

// Error is a command that did not succeed.
type Error struct {
	// Line is the command line.
	Line string
	// Tail holds the last lines that it logged. It is nil for a command that was
	// stopped: they say nothing about why.
	Tail []string
	// Err is why it ended. For a command that was stopped it is the context's error
	// and its cause.
	Err error
}

func (e *Error) Error() string {
	if len(e.Tail) == 0 {
		return fmt.Sprintf("`%s`: %v", e.Line, e.Err)
	}
	return fmt.Sprintf("`%s`: %v; its last lines:\n  %s", e.Line, e.Err, strings.Join(e.Tail, "\n  "))
}

func (e *Error) Unwrap() error { return e.Err }

// Line is the command line as an Error shows it.
func (c Command) Line() string {
	return strings.Join(append([]string{c.Path}, c.Args...), " ")
}

// Run runs c to its end. When ctx ends first, the whole process group is killed and
// the error wraps ctx's.
func (c Command) Run(ctx context.Context) error {
	started, err := c.Start(ctx)
	if err != nil {
		return err
	}
	return started.Wait()
}

// Running is a command that was started. It must be waited for.
type Running struct {
	pid  int
	done chan error
}

// Start starts c. Its process group is killed when ctx ends.
func (c Command) Start(ctx context.Context) (*Running, error) {
	log := &tail{max: tailLines, to: c.Log}
	cmd := c.prepare(ctx, log)
	started, done := make(chan error, 1), make(chan error, 1)
	go func() {
		// The kernel kills the child when the thread that started it ends, so that
		// thread must live as long as the child does.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		startErr := cmd.Start()
		started <- startErr
		if startErr == nil {
			done <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, &Error{Line: c.Line(), Err: err}
	}
	wrapped := make(chan error, 1)
	go func() { wrapped <- c.wrap(ctx, <-done, log) }()
	return &Running{pid: cmd.Process.Pid, done: wrapped}, nil
}

// Signal sends a signal to the program alone, not to its group.
func (r *Running) Signal(s syscall.Signal) error { return syscall.Kill(r.pid, s) }

// Done is where the result arrives, once. Use either it or Wait.
func (r *Running) Done() <-chan error { return r.done }

// Wait waits for the program's end.
func (r *Running) Wait() error { return <-r.done }

func (c Command) prepare(ctx context.Context, log *tail) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Dir = c.Dir
	cmd.Env = append(cmd.Environ(), c.Env...)
	cmd.Stdin = c.Stdin
	cmd.Stderr = log
	cmd.Stdout = c.Stdout
	if c.Stdout == nil {
		cmd.Stdout = log
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if c.Isolated {
		cmd.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWPID
	}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = stopGrace
	return cmd
}

func (c Command) wrap(ctx context.Context, err error, log *tail) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		stopped := fmt.Errorf("stopped: %w", cause)
		if !errors.Is(cause, ctx.Err()) {
			stopped = fmt.Errorf("stopped: %w: %w", ctx.Err(), cause)
		}
		return &Error{Line: c.Line(), Err: stopped}
	}
	return &Error{Line: c.Line(), Tail: log.lines(), Err: err}
}
