// Package mirror keeps a directory and a prefix of a store alike: what changes in one changes in the other.
package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	lattice "lattice.dev/client"
)

const (
	maxBytes  = 1 << 20
	stateFile = ".lattice-mirror.json"
)

// Config is that of the daemon, as its descriptor's schema has it.
type Config struct {
	// Directory is what is mirrored; made if it is not there.
	Directory string `json:"directory"`
	// Prefix is where; the service's own state if empty.
	Prefix string `json:"prefix"`
	// PollMillis is how often the directory is looked at; 1000 if 0.
	PollMillis int `json:"pollMillis"`
}

// Mirror keeps a directory and a prefix alike. What both had when they were last alike is kept in a file in the directory, so
// that after a restart it is known which side changed. If both did, the store's side stays and the other is kept beside it.
type Mirror struct {
	store  *lattice.Store
	config Config
	alike  map[string]string
	sizes  map[string]stamp
	skip   map[string]bool
	// wrote holds the hybrid time of our own last write to a name: what is not newer comes back to us and tells nothing.
	wrote map[string]uint64
}

type stamp struct {
	size int64
	time time.Time
}

// New makes one; Run runs it.
func New(store *lattice.Store, service string, config Config) (*Mirror, error) {
	if config.Directory == "" {
		return nil, errors.New("there is no 'directory' in the config")
	}
	if config.Prefix == "" {
		config.Prefix = "/state/" + service + "/files"
	}
	if config.PollMillis == 0 {
		config.PollMillis = 1000
	}
	if err := os.MkdirAll(config.Directory, 0o700); err != nil {
		return nil, err
	}
	m := &Mirror{store: store, config: config, alike: map[string]string{}, sizes: map[string]stamp{}, skip: map[string]bool{}, wrote: map[string]uint64{}}
	bytes, err := os.ReadFile(filepath.Join(config.Directory, stateFile))
	if err == nil {
		err = json.Unmarshal(bytes, &m.alike)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s can't be read (%w): remove it, and what differs is taken from the store", stateFile, err)
	}
	return m, nil
}

// Run mirrors until the context ends; ready is called once both sides are alike for the first time.
func (m *Mirror) Run(ctx context.Context, ready func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes := make(chan lattice.Change)
	began := make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- m.store.Follow(ctx, m.config.Prefix, func(change lattice.Change) error {
			select {
			case changes <- change:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}, func() error {
			select {
			case began <- struct{}{}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	ticker := time.NewTicker(time.Duration(m.config.PollMillis) * time.Millisecond)
	defer ticker.Stop()
	remote := map[string]bool{}
	started := false
	for {
		select {
		case err := <-failed:
			return err
		case change := <-changes:
			name := strings.TrimPrefix(change.Key, m.config.Prefix+"/")
			remote[name] = !change.Deleted
			if err := m.fromStore(name, change); err != nil {
				log.Printf("%s was not taken from the store: %v", change.Key, err)
			}
		case <-began:
			if !started {
				// What was in the store when both were last alike, and no longer is, was deleted there meanwhile.
				for name := range m.alike {
					if !remote[name] {
						if err := m.fromStore(name, lattice.Change{Deleted: true}); err != nil {
							log.Printf("%s was not removed: %v", name, err)
						}
					}
				}
				remote = map[string]bool{}
				started = true
				if err := m.fromDirectory(ctx); err != nil {
					return err
				}
				ready()
			}
		case <-ticker.C:
			if started {
				if err := m.fromDirectory(ctx); err != nil {
					return err
				}
			}
		}
	}
}

func hash(bytes []byte) string {
	sum := sha256.Sum256(bytes)
	return hex.EncodeToString(sum[:])
}

// path gives where a name of the store belongs, if that is a place in the directory.
func (m *Mirror) path(name string) (string, error) {
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) || name == stateFile {
		return "", errors.New("its name is none of a file here")
	}
	for parent := filepath.Dir(local); parent != "."; parent = filepath.Dir(parent) {
		if info, err := os.Lstat(filepath.Join(m.config.Directory, parent)); err == nil && !info.IsDir() {
			return "", fmt.Errorf("%s is no directory", parent)
		}
	}
	return filepath.Join(m.config.Directory, local), nil
}

func (m *Mirror) fromStore(name string, change lattice.Change) error {
	path, err := m.path(name)
	if err != nil {
		return err
	}
	if change.Version.Time != 0 && change.Version.Time <= m.wrote[name] {
		return nil
	}
	before, known := m.alike[name]
	current, err := os.ReadFile(path)
	here := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !change.Deleted && here && hash(current) == hash(change.Value) {
		return m.nowAlike(name, hash(change.Value))
	}
	if here && (!known || hash(current) != before) {
		// It changed here too.
		beside := fmt.Sprintf("%s.conflict-%d", path, time.Now().UnixMilli())
		if err := os.Rename(path, beside); err != nil {
			return err
		}
		log.Printf("%s changed on both sides; what was here is now %s", name, filepath.Base(beside))
	}
	if change.Deleted {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return m.nowAlike(name, "")
	}
	if err := writeWhole(path, change.Value); err != nil {
		return err
	}
	return m.nowAlike(name, hash(change.Value))
}

func writeWhole(path string, bytes []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".lattice-")
	if err != nil {
		return err
	}
	_, err = file.Write(bytes)
	if err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}

// nowAlike notes what both sides have; an empty hash for nothing.
func (m *Mirror) nowAlike(name, sum string) error {
	if m.alike[name] == sum {
		return nil
	}
	if sum == "" {
		delete(m.alike, name)
	} else {
		m.alike[name] = sum
	}
	bytes, err := json.Marshal(m.alike)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(m.config.Directory, stateFile), bytes)
}

// fromDirectory takes to the store what changed in the directory.
func (m *Mirror) fromDirectory(ctx context.Context) error {
	// Without the note of what both sides have it is another directory, or nothing is mounted there: then nothing was deleted.
	if len(m.alike) > 0 {
		if _, err := os.Stat(filepath.Join(m.config.Directory, stateFile)); err != nil {
			return fmt.Errorf("%s is not the directory that was mirrored, so nothing is deleted: %w", m.config.Directory, err)
		}
	}
	seen := map[string]bool{}
	err := filepath.WalkDir(m.config.Directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) && path != m.config.Directory {
				return nil
			}
			return err
		}
		// Regular files only: a link could lead anywhere.
		if !entry.Type().IsRegular() || strings.HasPrefix(entry.Name(), ".lattice-") {
			return nil
		}
		relative, err := filepath.Rel(m.config.Directory, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(relative)
		seen[name] = true
		return m.fileChanged(ctx, name, path, entry)
	})
	if err != nil {
		return err
	}
	for name := range m.alike {
		if !seen[name] {
			receipt, err := m.store.Delete(ctx, m.config.Prefix+"/"+name)
			if err != nil {
				return err
			}
			m.wrote[name] = receipt.Version.Time
			if err := m.nowAlike(name, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Mirror) fileChanged(ctx context.Context, name, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		// It went away since the directory was read; the next look will tell.
		return nil
	}
	now := stamp{info.Size(), info.ModTime()}
	// A file that was written within the clock's grain of the last look may have changed again.
	if m.sizes[name] == now && time.Since(now.time) > 2*time.Second {
		return nil
	}
	m.sizes[name] = now
	if info.Size() > maxBytes {
		m.skipOnce(name, fmt.Sprintf("has %d bytes; the most is %d", info.Size(), maxBytes))
		return nil
	}
	bytes, err := os.ReadFile(path)
	if err != nil {
		m.skipOnce(name, err.Error())
		return nil
	}
	sum := hash(bytes)
	if m.alike[name] == sum {
		return nil
	}
	receipt, err := m.store.Put(ctx, m.config.Prefix+"/"+name, bytes)
	if err != nil {
		if lattice.IsReason(err, lattice.InvalidKey) || lattice.IsReason(err, "TOO_LARGE") {
			m.skipOnce(name, err.Error())
			return nil
		}
		return err
	}
	m.wrote[name] = receipt.Version.Time
	return m.nowAlike(name, sum)
}

func (m *Mirror) skipOnce(name, why string) {
	if !m.skip[name] {
		m.skip[name] = true
		log.Printf("%s is not mirrored: %s", name, why)
	}
}
