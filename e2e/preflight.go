package e2e

import "context"

func (r *run) preflight(context.Context) error { return nil }
