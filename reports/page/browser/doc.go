// Package browser holds the tests that open reports/page in a real Chromium: make test-browser.
package browser
