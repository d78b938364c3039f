package faults_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// shelf is a registry that knows what was pulled from it, and can hide one repository.
type shelf struct {
	http.Handler

	mu     sync.Mutex
	hidden string
	// asked are the repositories of which manifests were asked for, fetched those of which
	// blobs were.
	asked, fetched []string
}

func (s *shelf) hide(repository string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = repository
}

// reset forgets what was pulled, and returns it: each repository once, sorted.
func (s *shelf) reset() (asked, fetched []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked, fetched = s.asked, s.fetched
	s.asked, s.fetched = nil, nil
	slices.Sort(asked)
	slices.Sort(fetched)
	return slices.Compact(asked), slices.Compact(fetched)
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/v2/")
	repository, _, isManifest := strings.Cut(path, "/manifests/")
	s.mu.Lock()
	hidden := s.hidden != "" && strings.HasPrefix(path, s.hidden+"/")
	if isManifest {
		s.asked = append(s.asked, repository)
	}
	if repository, _, isBlob := strings.Cut(path, "/blobs/"); isBlob && r.Method == http.MethodGet {
		s.fetched = append(s.fetched, repository)
	}
	s.mu.Unlock()
	if hidden {
		http.Error(w, `{"errors":[{"code":"NAME_UNKNOWN","message":"hidden"}]}`, http.StatusNotFound)
		return
	}
	s.Handler.ServeHTTP(w, r)
}
