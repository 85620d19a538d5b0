package lattice

// The client against a node, which restarts its side of the socket when /t/control/restart is written.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

var errEnough = errors.New("enough")

func open(t *testing.T) (context.Context, *Store) {
	t.Helper()
	if os.Getenv("LATTICE_SOCKET") == "" {
		t.Skip("LATTICE_SOCKET is not set: these tests need a node; the tests of lattice.rpc run them with one")
	}
	settings, err := FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	store, err := Connect(ctx, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	var keys []string
	must(t, store.Scan(ctx, "/t", func(entry Entry) bool { keys = append(keys, entry.Key); return true }))
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

func put(t *testing.T, ctx context.Context, store *Store, key, value string) Receipt {
	t.Helper()
	receipt, err := store.Put(ctx, key, []byte(value))
	must(t, err)
	return receipt
}

func TestItSaysThatItIsReady(t *testing.T) {
	ctx, store := open(t)
	must(t, store.Ready(ctx))
	must(t, store.Ready(ctx, Endpoint{"http", "127.0.0.1", 8088}))
	if err := store.Ready(ctx, Endpoint{"http", "127.0.0.1", 0}); err == nil {
		t.Fatal("port 0 was taken for one")
	}
}

func TestAValueComesBack(t *testing.T) {
	ctx, store := open(t)
	receipt, err := store.Put(ctx, "/t/a", []byte{0, 255})
	must(t, err)
	entry, err := store.Get(ctx, "/t/a")
	must(t, err)
	if !bytes.Equal(entry.Value, []byte{0, 255}) || entry.Version != receipt.Version || entry.Revision != receipt.Position.Revision || entry.Version.Node != store.Node {
		t.Fatalf("%+v is not what %+v put", entry, receipt)
	}
	_, err = store.Delete(ctx, "/t/a")
	must(t, err)
	if entry, err := store.Get(ctx, "/t/a"); entry != nil || err != nil {
		t.Fatal(entry, err)
	}
}

func TestAScanIsInOrder(t *testing.T) {
	ctx, store := open(t)
	var mutations []Mutation
	for i := 0; i < 1200; i++ {
		mutations = append(mutations, Put(fmt.Sprintf("/t/%04d", i), []byte(fmt.Sprint(i))))
	}
	_, err := store.Batch(ctx, mutations...)
	must(t, err)
	count := 0
	must(t, store.Scan(ctx, "/t", func(entry Entry) bool {
		if string(entry.Value) != fmt.Sprint(count) {
			t.Errorf("%s is not %d", entry.Value, count)
		}
		count++
		return true
	}))
	if count != 1200 {
		t.Fatal(count)
	}
	must(t, store.ScanAfter(ctx, "/t", "/t/0009", func(entry Entry) bool {
		if entry.Key != "/t/0010" {
			t.Error(entry.Key)
		}
		return false
	}))
}

func TestHistoryAndOperations(t *testing.T) {
	ctx, store := open(t)
	first, err := store.BatchOnce(ctx, "go-op", Put("/t/h", []byte("1")))
	must(t, err)
	_, err = store.Delete(ctx, "/t/h")
	must(t, err)
	again, err := store.BatchOnce(ctx, "go-op", Put("/t/h", []byte("1")))
	must(t, err)
	if first != again {
		t.Fatal("done twice")
	}
	history, err := store.History(ctx, "/t/h", 10)
	must(t, err)
	if !history[0].Deleted || history[0].Outcome != "current" || history[0].Service != os.Getenv("LATTICE_SERVICE_ID") {
		t.Fatalf("%+v", history)
	}
}

func TestACommand(t *testing.T) {
	ctx, store := open(t)
	result, err := store.Apply(ctx, "test.set", []byte("by command"))
	must(t, err)
	if result.Receipt == nil {
		t.Fatal("not applied")
	}
	if _, err := store.Apply(ctx, "test.unknown", nil); !IsReason(err, "NO_STATE_MACHINE") {
		t.Fatal(err)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	ctx, store := open(t)
	if _, err := store.Get(ctx, "/secret"); !IsReason(err, Denied) {
		t.Error(err)
	}
	if _, err := store.Put(ctx, "/services/x/config", nil); !IsReason(err, Denied) {
		t.Error(err)
	}
	if _, err := store.Put(ctx, "no-slash", nil); !IsReason(err, InvalidKey) {
		t.Error(err)
	}
	if err := store.Watch(ctx, "/t", WatchOptions{After: &Position{"another", 1}}, func(Change) error { return nil }); !IsReason(err, LogChanged) {
		t.Error(err)
	}
	settings := store.settings
	settings.Token += "x"
	if _, err := Connect(ctx, settings); !IsReason(err, TokenRefused) {
		t.Error(err)
	}
	settings.Socket, settings.Patience = "/nonexistent/lattice.sock", 300*time.Millisecond
	if _, err := Connect(ctx, settings); !IsReason(err, Unreachable) {
		t.Error(err)
	}
}

func TestAWatchSeesThePastAndThenThePresent(t *testing.T) {
	ctx, store := open(t)
	start, err := store.Position(ctx)
	must(t, err)
	put(t, ctx, store, "/t/a", "1")
	_, err = store.Batch(ctx, Put("/t/b", []byte("2")), Delete("/t/a"))
	must(t, err)
	var found []string
	err = store.Watch(ctx, "/t", WatchOptions{After: &start}, func(change Change) error {
		found = append(found, fmt.Sprintf("%s=%s %t %t", change.Key, change.Value, change.Deleted, change.Last))
		if len(found) == 3 {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) || fmt.Sprint(found) != "[/t/a=1 false true /t/b=2 false false /t/a= true true]" {
		t.Fatal(err, found)
	}
}

func TestItGoesOnWhenTheNodeIsBack(t *testing.T) {
	ctx, store := open(t)
	ready := make(chan Position, 1)
	done := make(chan error, 1)
	keys := map[string]int{}
	go func() {
		done <- store.Watch(ctx, "/t/r", WatchOptions{CaughtUp: func(p Position) { ready <- p }}, func(change Change) error {
			keys[change.Key]++
			if len(keys) == 21 {
				return errEnough
			}
			return nil
		})
	}()
	<-ready
	put(t, ctx, store, "/t/control/restart", "now")
	for i := 0; i < 20; i++ {
		put(t, ctx, store, fmt.Sprint("/t/r/", i), "x")
	}
	if err := <-done; !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	for key, count := range keys {
		if count != 1 {
			t.Error(key, count)
		}
	}
	if keys["/t/r/missed"] != 1 {
		t.Error("what changed while the node was gone is missing")
	}
}

func TestAWriteThatIsRefusedHarmsNoOther(t *testing.T) {
	ctx, store := open(t)
	writes := []struct {
		reason string
		do     func() error
	}{
		{"", func() error { _, err := store.Put(ctx, "/t/a", []byte("1")); return err }},
		{Denied, func() error { _, err := store.Put(ctx, "/services/x/config", nil); return err }},
		{InvalidKey, func() error { _, err := store.Put(ctx, "no-slash", nil); return err }},
		{TooLarge, func() error { _, err := store.Put(ctx, "/t/large", make([]byte, 2<<20)); return err }},
		{TooLarge, func() error { _, err := store.Put(ctx, "/t/larger", make([]byte, 17<<20)); return err }},
		{"NO_STATE_MACHINE", func() error { _, err := store.Apply(ctx, "test.unknown", nil); return err }},
		{Denied, func() error { _, err := store.Delete(ctx, "/peers/x"); return err }},
		{"", func() error { _, err := store.Put(ctx, "/t/b", []byte("2")); return err }},
	}
	errs := make([]error, len(writes))
	atOnce(len(writes), func(i int) { errs[i] = writes[i].do() })
	for i, err := range errs {
		if writes[i].reason == "" && err != nil || writes[i].reason != "" && !IsReason(err, writes[i].reason) {
			t.Errorf("write %d: %v, not %q", i, err, writes[i].reason)
		}
	}
	var values string
	must(t, store.Scan(ctx, "/t", func(entry Entry) bool { values += string(entry.Value); return true }))
	if values != "12" {
		t.Fatal(values)
	}
}

func TestWritesUnderWayAreDoneOnceWhenTheNodeGoesAndComes(t *testing.T) {
	ctx, store := open(t)
	start, err := store.Position(ctx)
	must(t, err)
	const count = 2000
	errs := make([]error, count)
	atOnce(count, func(i int) {
		if i == 700 {
			_, errs[i] = store.Put(ctx, "/t/control/restart", []byte("now"))
			return
		}
		_, errs[i] = store.Put(ctx, fmt.Sprint("/t/once/", i), nil)
	})
	must(t, errors.Join(errs...))
	put(t, ctx, store, "/t/once/end", "")
	keys := map[string]int{}
	err = store.Watch(ctx, "/t/once", WatchOptions{After: &start}, func(change Change) error {
		keys[change.Key]++
		if change.Key == "/t/once/end" {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) || len(keys) != count {
		t.Fatal(err, len(keys))
	}
	for key, times := range keys {
		if times != 1 {
			t.Errorf("%s was written %d times", key, times)
		}
	}
}

func TestWritesOfOneGoroutineKeepTheirOrder(t *testing.T) {
	ctx, store := open(t)
	atOnce(50, func(i int) {
		for n := 0; n < 40; n++ {
			if _, err := store.Put(ctx, fmt.Sprint("/t/order/", i), []byte(fmt.Sprint(n))); err != nil {
				t.Error(err)
			}
		}
	})
	count := 0
	must(t, store.Scan(ctx, "/t/order", func(entry Entry) bool {
		if string(entry.Value) != "39" {
			t.Errorf("%s is %s", entry.Key, entry.Value)
		}
		count++
		return true
	}))
	if count != 50 {
		t.Fatal(count)
	}
}

func TestAWriteEndsWithItsContextAndWithTheStore(t *testing.T) {
	ctx, store := open(t)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := store.Put(ended, "/t/a", nil); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	put(t, ctx, store, "/t/b", "x")
	must(t, store.Close())
	if _, err := store.Put(ctx, "/t/b", nil); !IsReason(err, Closed) {
		t.Fatal(err)
	}
}

func atOnce(count int, do func(int)) {
	var all sync.WaitGroup
	for i := 0; i < count; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			do(i)
		}(i)
	}
	all.Wait()
}
