package cells

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// drain is how long what a process said is read after its end. All of it is there by then: the time
// is for a process of its own that still holds the other end.
const drain = time.Second

// start runs the program to its end and gives its exit code, which is negative where a signal ended it.
// What it says goes to log, and each line to say. When ctx ends the program is interrupted and
// awaited. So it is when this program is killed: its parent's death reaches it as an interrupt. It
// is in a process group of its own, so that a Ctrl-C, which goes to the terminal's whole group, does not
// reach it besides: a second interrupt would end its clean-up.
func (s Settings) start(ctx context.Context, args []string, log io.Writer, say func(line string)) (int, error) {
	said, ear, err := os.Pipe()
	if err != nil {
		return 0, fmt.Errorf("make a pipe: %w", err)
	}
	heard := make(chan error, 1)
	go func() { heard <- follow(said, log, say) }()

	cmd := exec.CommandContext(ctx, s.Program, args...)
	cmd.Stdout, cmd.Stderr = ear, ear
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	// The kernel tells the child when the thread ends that started it: that one must live as long.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	failed := cmd.Start()
	err = ear.Close()
	if failed == nil {
		_ = cmd.Wait() // The state says how it ended.
	}
	err = errors.Join(err, said.SetReadDeadline(time.Now().Add(drain)), <-heard, said.Close())
	switch {
	case failed != nil:
		return 0, fmt.Errorf("start %s: %w", s.Program, errors.Join(failed, err))
	case err != nil:
		return 0, fmt.Errorf("keep what %s said: %w", s.Program, err)
	}
	return cmd.ProcessState.ExitCode(), nil
}

// longest is how much of one line is told at once.
const longest = 64 << 10

// follow copies what is said to log, line by line, until the end.
func follow(said io.Reader, log io.Writer, say func(line string)) error {
	lines := bufio.NewReaderSize(said, longest)
	var failed error
	for {
		line, err := lines.ReadSlice('\n')
		if failed == nil {
			_, failed = log.Write(line)
		}
		if text := strings.TrimSpace(string(line)); text != "" {
			say(text)
		}
		switch {
		case err == nil, errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF), errors.Is(err, os.ErrDeadlineExceeded):
			return failed
		default:
			return errors.Join(failed, err)
		}
	}
}
