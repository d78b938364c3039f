package reports_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/throughline/throughline/reports"
)

func TestLedgerSavesAfterEachChange(t *testing.T) {
	var saved []int
	ledger, err := reports.NewLedger(base(), func(r reports.Result) error {
		saved = append(saved, len(r.Checks))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := ledger.Update(func(r *reports.Result) { r.Checks = append(r.Checks, passedChain()) }); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(saved); got != "[0 1 2]" {
		t.Errorf("saved with %s checks, want [0 1 2]", got)
	}
}

func TestLedgerKeepsAChangeThatCouldNotBeSaved(t *testing.T) {
	full := errors.New("disk full")
	fail := false
	ledger, err := reports.NewLedger(base(), func(reports.Result) error {
		if fail {
			return full
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	fail = true
	if err := ledger.Update(func(r *reports.Result) { r.Problem = "interrupted" }); !errors.Is(err, full) {
		t.Errorf("error is %v, want the one of save", err)
	}
	if got := ledger.Result().Problem; got != "interrupted" {
		t.Errorf("problem is %q: the change is lost", got)
	}
}

func TestLedgerLosesNoChangeOfManyAtOnce(t *testing.T) {
	last := 0
	ledger, err := reports.NewLedger(base(), func(r reports.Result) error {
		last = len(r.Checks)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if err := ledger.Update(func(r *reports.Result) { r.Checks = append(r.Checks, passedChain()) }); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if last != 50 || len(ledger.Result().Checks) != 50 {
		t.Errorf("%d checks saved, %d kept, want 50", last, len(ledger.Result().Checks))
	}
}

func TestLedgerHandsOutItsOwnLists(t *testing.T) {
	ledger, err := reports.NewLedger(with(passedChain()), func(reports.Result) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	ledger.Result().Checks[0].Verdict = reports.Failed
	if got := ledger.Result().Checks[0].Verdict; got != reports.Passed {
		t.Errorf("verdict is %s: it was changed from outside", got)
	}
}
