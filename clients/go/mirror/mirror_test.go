package mirror

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lattice "lattice.dev/client"
)

const prefix = "/t/mirror"

func open(t *testing.T) (context.Context, *lattice.Store) {
	t.Helper()
	if os.Getenv("LATTICE_SOCKET") == "" {
		t.Skip("LATTICE_SOCKET is not set: these tests need a node; the tests of lattice.rpc run them with one")
	}
	settings, err := lattice.FromEnvironment()
	must(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	store, err := lattice.Connect(ctx, settings)
	must(t, err)
	t.Cleanup(func() { store.Close() })
	var keys []string
	must(t, store.Scan(ctx, prefix, func(entry lattice.Entry) bool { keys = append(keys, entry.Key); return true }))
	for _, key := range keys {
		_, err := store.Delete(ctx, key)
		must(t, err)
	}
	return ctx, store
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, ctx context.Context, store *lattice.Store, directory, below string) (stop func()) {
	t.Helper()
	m, err := New(store, "test", Config{Directory: directory, Prefix: prefix + below, PollMillis: 50})
	must(t, err)
	ctx, cancel := context.WithCancel(ctx)
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- m.Run(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	return func() { cancel(); <-done }
}

func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for " + what)
		}
	}
}

func value(ctx context.Context, store *lattice.Store, key string) string {
	entry, err := store.Get(ctx, key)
	if err != nil || entry == nil {
		return ""
	}
	return string(entry.Value)
}

func text(path string) string {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(bytes)
}

func TestBothSidesBecomeAlikeAndStaySo(t *testing.T) {
	ctx, store := open(t)
	directory := t.TempDir()
	below := prefix + "/alike"
	must(t, os.MkdirAll(filepath.Join(directory, "sub"), 0o700))
	must(t, os.WriteFile(filepath.Join(directory, "sub", "here"), []byte("from here"), 0o600))
	_, err := store.Put(ctx, below+"/there", []byte("from there"))
	must(t, err)
	stop := start(t, ctx, store, directory, "/alike")
	if value(ctx, store, below+"/sub/here") != "from here" || text(filepath.Join(directory, "there")) != "from there" {
		t.Fatal("not alike when ready")
	}
	must(t, os.WriteFile(filepath.Join(directory, "there"), []byte("changed here"), 0o600))
	await(t, "the store to change", func() bool { return value(ctx, store, below+"/there") == "changed here" })
	_, err = store.Put(ctx, below+"/sub/here", []byte("changed there"))
	must(t, err)
	await(t, "the file to change", func() bool { return text(filepath.Join(directory, "sub/here")) == "changed there" })
	must(t, os.Remove(filepath.Join(directory, "there")))
	await(t, "the key to go", func() bool { entry, err := store.Get(ctx, below+"/there"); return err == nil && entry == nil })

	stop()
	_, err = store.Delete(ctx, below+"/sub/here")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(directory, "new"), []byte("while it was away"), 0o600))
	defer start(t, ctx, store, directory, "/alike")()
	if _, err := os.Stat(filepath.Join(directory, "sub/here")); !os.IsNotExist(err) {
		t.Error("deleted there, and still here")
	}
	if value(ctx, store, below+"/new") != "while it was away" {
		t.Error("what was written while it was away is not in the store")
	}
}

func TestADirectoryThatIsGoneDeletesNothing(t *testing.T) {
	ctx, store := open(t)
	directory := filepath.Join(t.TempDir(), "mounted")
	must(t, os.MkdirAll(directory, 0o700))
	must(t, os.WriteFile(filepath.Join(directory, "file"), []byte("kept"), 0o600))
	start(t, ctx, store, directory, "/gone")()
	for _, empty := range []bool{false, true} {
		must(t, os.Rename(directory, directory+".away"))
		if empty {
			must(t, os.MkdirAll(directory, 0o700))
		}
		m, err := New(store, "test", Config{Directory: directory + ".away", Prefix: prefix + "/gone", PollMillis: 50})
		must(t, err)
		m.config.Directory = directory
		if err := m.fromDirectory(ctx); err == nil || !strings.Contains(err.Error(), "nothing is deleted") {
			t.Error("it went on without its directory:", err)
		}
		if value(ctx, store, prefix+"/gone/file") != "kept" {
			t.Fatal("what was in the directory is deleted in the store")
		}
		must(t, os.RemoveAll(directory))
		must(t, os.Rename(directory+".away", directory))
	}
}

func TestIfBothChangedNothingIsLost(t *testing.T) {
	ctx, store := open(t)
	directory := t.TempDir()
	_, err := store.Put(ctx, prefix+"/both/file", []byte("first"))
	must(t, err)
	start(t, ctx, store, directory, "/both")()
	must(t, os.WriteFile(filepath.Join(directory, "file"), []byte("here"), 0o600))
	_, err = store.Put(ctx, prefix+"/both/file", []byte("there"))
	must(t, err)
	defer start(t, ctx, store, directory, "/both")()
	if text(filepath.Join(directory, "file")) != "there" {
		t.Error("the store's side did not stay")
	}
	matches, _ := filepath.Glob(filepath.Join(directory, "file.conflict-*"))
	if len(matches) != 1 || text(matches[0]) != "here" {
		t.Error("what was here is lost", matches)
	}
}

func TestNothingIsWrittenOutsideAndLinksAreNotFollowed(t *testing.T) {
	ctx, store := open(t)
	directory, outside := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "private"), []byte("private"), 0o600))
	must(t, os.Symlink(outside, filepath.Join(directory, "link")))
	must(t, os.Symlink(filepath.Join(outside, "private"), filepath.Join(directory, "file")))
	_, err := store.Put(ctx, prefix+"/links/link/planted", []byte("x"))
	must(t, err)
	_, err = store.Put(ctx, prefix+"/links/"+stateFile, []byte("x"))
	must(t, err)
	defer start(t, ctx, store, directory, "/links")()
	if _, err := os.Stat(filepath.Join(outside, "planted")); !os.IsNotExist(err) {
		t.Error("written through a link")
	}
	must(t, store.Scan(ctx, prefix+"/links", func(entry lattice.Entry) bool {
		if strings.Contains(string(entry.Value), "private") {
			t.Error("read through a link:", entry.Key)
		}
		return true
	}))
}
