// Package cache keeps what is expensive to make in folders named by the digest of
// everything that it was made from.
//
//	key := cache.NewKey("debian").Add("suite", suite).Add("packages", list)
//	entry, err := store.Get(ctx, key, cache.Contents, func(ctx context.Context, dir string, why string) error {
//		return os.WriteFile(filepath.Join(dir, "root.tar"), made, 0o644)
//	})
//
// An [Entry] is a folder of files and a manifest that holds the size and SHA-256 of
// each. It is made in a working folder, synced, and renamed into place, so a
// half-written entry is never found under its name. What is found is verified: an
// entry that is truncated, altered or incomplete is removed and made again. A file
// lock for each key lets two runs at once make an entry only once.
//
// Nothing is removed but what cannot be used and what Prune is asked to remove. The
// package knows nothing of images.
package cache
