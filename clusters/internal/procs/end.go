package procs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// poll is how long one look at a pidfd lasts before the context is looked at.
const poll = 50 * time.Millisecond

// Kill sends SIGKILL to each process and waits until all are gone. A process
// that is already gone, or whose pid now belongs to another, is left alone.
func Kill(ctx context.Context, ids []Identity) error {
	var errs []error
	for _, id := range ids {
		errs = append(errs, end(ctx, id, unix.SIGKILL))
	}
	return errors.Join(errs...)
}

// Terminate sends SIGTERM to the process, waits for at most grace, and kills it
// when it is still there.
func Terminate(ctx context.Context, id Identity, grace time.Duration) error {
	patience, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	err := end(patience, id, unix.SIGTERM)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return end(ctx, id, unix.SIGKILL)
}

func end(ctx context.Context, id Identity, signal unix.Signal) error {
	if id.PID <= 0 {
		return nil
	}
	fd, err := unix.PidfdOpen(id.PID, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open process %d: %w", id.PID, err)
	}
	defer func() { _ = unix.Close(fd) }()
	// The pidfd pins the process: from here on the pid cannot come to mean another.
	if !id.Alive() {
		return nil
	}
	if err = unix.PidfdSendSignal(fd, signal, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("send %s to process %d: %w", unix.SignalName(signal), id.PID, err)
	}
	return await(ctx, fd, id, signal)
}

func await(ctx context.Context, fd int, id Identity, signal unix.Signal) error {
	for {
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(poll.Milliseconds()))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for process %d: %w", id.PID, err)
		}
		if ready > 0 {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("process %d still runs after %s: %w", id.PID, unix.SignalName(signal), ctx.Err())
		}
	}
}
