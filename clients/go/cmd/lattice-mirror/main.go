// Lattice-mirror is a daemon that keeps a directory and a prefix of a store alike.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	lattice "lattice.dev/client"
	"lattice.dev/client/mirror"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	settings, err := lattice.FromEnvironment()
	if err != nil {
		return err
	}
	bytes, err := os.ReadFile(os.Getenv("LATTICE_CONFIG"))
	if err != nil {
		return fmt.Errorf("LATTICE_CONFIG does not name a file with the config: %w", err)
	}
	var config mirror.Config
	if err := json.Unmarshal(bytes, &config); err != nil {
		return fmt.Errorf("the config is not of its form: %w", err)
	}
	store, err := lattice.Connect(ctx, settings)
	if err != nil {
		return err
	}
	defer store.Close()
	m, err := mirror.New(store, settings.Service, config)
	if err != nil {
		return err
	}
	return m.Run(ctx, func() { fmt.Println("ready") })
}
