// Package lattice is the store of a Lattice node, over its socket, for daemons written in Go.
package lattice

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	pb "lattice.dev/client/latticev1"
)

//go:generate protoc -I ../../lattice.protocol/src/main/protobuf --go_out=. --go_opt=module=lattice.dev/client --go-grpc_out=. --go-grpc_opt=module=lattice.dev/client lattice/v1/store.proto

const (
	maxMessage     = 16 << 20
	progressMillis = 5000
	longestPause   = 3 * time.Second
)

// Settings say where the node is, and who we are to it.
type Settings struct {
	// Socket is run/lattice.sock in the node's home; or Address host:port, if the node's owner configured one.
	Socket  string
	Address string
	Service string
	Token   string
	// Patience is how long a call goes on trying to reach a node that does not answer; 30 seconds if 0.
	Patience time.Duration
}

// FromEnvironment gives what a node tells the daemons that it starts.
func FromEnvironment() (Settings, error) {
	for _, name := range []string{"LATTICE_SOCKET", "LATTICE_SERVICE_ID", "LATTICE_TOKEN"} {
		if os.Getenv(name) == "" {
			return Settings{}, fmt.Errorf("%s is not set: a node sets it for the daemons that it starts; set it yourself for one that you start", name)
		}
	}
	return Settings{Socket: os.Getenv("LATTICE_SOCKET"), Service: os.Getenv("LATTICE_SERVICE_ID"), Token: os.Getenv("LATTICE_TOKEN")}, nil
}

// String leaves the token out, so that no log gets it.
func (s Settings) String() string { return s.Service + " at " + s.Socket + s.Address }

// Position is how far a reader has come in the node's log; what a watch resumes after.
type Position struct {
	LogID    string `json:"logId"`
	Revision uint64 `json:"revision"`
}

// Version is which write a value is: of two to one key the greater one wins, at every node alike.
type Version struct {
	// Time has milliseconds since 1970 UTC in its upper 48 bits, a counter in the lower 16.
	Time  uint64
	Node  string
	Epoch uint64
	Index uint32
}

// Endpoint is where a process can be reached.
type Endpoint struct {
	// Protocol is as in the scheme of a URI: http.
	Protocol string
	Host     string
	Port     uint16
}

// Entry is a key with the value that it has.
type Entry struct {
	Key        string
	Value      []byte
	Version    Version
	Revision   uint64
	Concurrent bool
}

// Receipt is the answer to a write: it is on disk and visible.
type Receipt struct {
	Position Position
	Version  Version
}

// Change is a change that became visible.
type Change struct {
	Key     string
	Value   []byte
	Deleted bool
	Version Version
	// Service is who asked for it, if a service did.
	Service string
	// Position is that of its commit. Once the Last change of a commit is dealt with, a watch can resume after it.
	Position Position
	Last     bool
}

// HistoryEntry is one write to a key.
type HistoryEntry struct {
	Version  Version
	Value    []byte
	Deleted  bool
	Service  string
	Revision uint64
	// Outcome is current, overwritten, lost or void.
	Outcome string
}

// Mutation is one change that a batch asks for; see Put and Delete.
type Mutation struct{ message *pb.Mutation }

// Put gives a key a value.
func Put(key string, value []byte) Mutation {
	return Mutation{&pb.Mutation{Kind: &pb.Mutation_Put_{Put: &pb.Mutation_Put{Key: key, Value: value}}}}
}

// Delete takes a key away.
func Delete(key string) Mutation {
	return Mutation{&pb.Mutation{Kind: &pb.Mutation_Delete_{Delete: &pb.Mutation_Delete{Key: key}}}}
}

// CommandResult is what a state machine made of a command: it has a receipt if there were effects, a refusal if it said no.
type CommandResult struct {
	Receipt *Receipt
	Refused string
}

// Store is a replicated, ordered map of key to value, over the socket of a node. Calls are made again while the node can't be
// reached, until the settings' patience or the context ends; writes carry an operation id, so that one whose answer was lost is
// not done twice. Writes of all goroutines share one stream, and those that are made at once are written to the node's disk
// together. Errors are of type *Error, or those of the context.
type Store struct {
	settings   Settings
	connection *grpc.ClientConn
	calls      pb.StoreServiceClient
	writes     *pipeline
	operations atomic.Uint64
	prefix     string
	// Node is the node's id; Name the store's; Read and Write what the token may do.
	Node  string
	Name  string
	Read  []string
	Write []string
}

type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

// The socket is the machine's own: nothing that could be overheard.
func (b bearer) RequireTransportSecurity() bool { return false }

// Connect connects, and waits until the node has answered.
func Connect(ctx context.Context, settings Settings) (*Store, error) {
	if settings.Patience == 0 {
		settings.Patience = 30 * time.Second
	}
	random := make([]byte, 8)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	network, address := "unix", settings.Socket
	if address == "" {
		network, address = "tcp", settings.Address
	}
	connection, err := grpc.NewClient("passthrough:///lattice",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithPerRPCCredentials(bearer(settings.Token)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 2, Jitter: 0.2, MaxDelay: longestPause},
			MinConnectTimeout: time.Second,
		}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 10 * time.Second}))
	if err != nil {
		return nil, err
	}
	calls := pb.NewStoreServiceClient(connection)
	store := &Store{settings: settings, connection: connection, calls: calls, writes: newPipeline(calls), prefix: hex.EncodeToString(random)}
	answer, err := ask(ctx, store, func(ctx context.Context) (*pb.ConnectResponse, error) {
		return store.calls.Connect(ctx, &pb.ConnectRequest{ServiceId: settings.Service, Client: "go"})
	})
	if err != nil {
		store.Close()
		return nil, err
	}
	store.Node = hex.EncodeToString(answer.NodeId)
	store.Name = answer.StoreName
	store.Read = answer.Read
	store.Write = answer.Write
	return store, nil
}

// Close ends what runs.
func (s *Store) Close() error {
	s.writes.close()
	return s.connection.Close()
}

// pause is how long to wait before the next try: doubling, with jitter.
func pause(failures int) time.Duration {
	full := 50 * time.Millisecond << shift(failures-1)
	if full > longestPause {
		full = longestPause
	}
	return full/2 + time.Duration(mathrand.Int63n(int64(full/2)+1))
}

func sleep(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// retry waits before a call is made again; it gives the error if that is not worth it.
func (s *Store) retry(ctx context.Context, err error, failures int, deadline time.Time) error {
	wait := pause(failures)
	if !passing(err) || time.Now().Add(wait).After(deadline) {
		return err
	}
	if sleep(ctx, wait) != nil {
		return err
	}
	return nil
}

func ask[A any](ctx context.Context, s *Store, call func(context.Context) (A, error)) (A, error) {
	deadline := time.Now().Add(s.settings.Patience)
	for failures := 1; ; failures++ {
		limited, cancel := context.WithDeadline(ctx, deadline)
		answer, err := call(limited)
		cancel()
		if err == nil {
			return answer, nil
		}
		if err := s.retry(ctx, fromRPC(err), failures, deadline); err != nil {
			return answer, err
		}
	}
}

func (s *Store) operation(given string) *string {
	if given == "" {
		given = fmt.Sprintf("%s-%d", s.prefix, s.operations.Add(1))
	}
	return &given
}

// Ready tells the node that this process, if the node started it, is ready. Call it again when there are more endpoints.
func (s *Store) Ready(ctx context.Context, endpoints ...Endpoint) error {
	request := &pb.ReadyRequest{}
	for _, one := range endpoints {
		request.Endpoints = append(request.Endpoints, &pb.Endpoint{Protocol: one.Protocol, Host: one.Host, Port: uint32(one.Port)})
	}
	_, err := ask(ctx, s, func(ctx context.Context) (*pb.ReadyResponse, error) { return s.calls.Ready(ctx, request) })
	return err
}

// Position is the last commit that is durable and visible.
func (s *Store) Position(ctx context.Context) (Position, error) {
	answer, err := ask(ctx, s, func(ctx context.Context) (*pb.GetPositionResponse, error) {
		return s.calls.GetPosition(ctx, &pb.GetPositionRequest{})
	})
	return readPosition(answer.GetPosition()), err
}

// Get gives the value of a key, or nil if it has none.
func (s *Store) Get(ctx context.Context, key string) (*Entry, error) {
	answer, err := ask(ctx, s, func(ctx context.Context) (*pb.GetResponse, error) {
		return s.calls.Get(ctx, &pb.GetRequest{Key: key})
	})
	if err != nil || answer.Entry == nil {
		return nil, err
	}
	entry := readEntry(answer.Entry)
	return &entry, nil
}

// Put gives a key a value; it is on disk and visible when this returns.
func (s *Store) Put(ctx context.Context, key string, value []byte) (Receipt, error) {
	request := &pb.PutRequest{Key: key, Value: value, OperationId: s.operation("")}
	return s.write(ctx, &pb.Operation{Kind: &pb.Operation_Put{Put: request}})
}

// Delete takes a key away; that there is none is no error.
func (s *Store) Delete(ctx context.Context, key string) (Receipt, error) {
	request := &pb.DeleteRequest{Key: key, OperationId: s.operation("")}
	return s.write(ctx, &pb.Operation{Kind: &pb.Operation_Delete{Delete: request}})
}

func (s *Store) write(ctx context.Context, operation *pb.Operation) (Receipt, error) {
	answer, err := s.writes.do(ctx, operation, s.settings.Patience)
	return readReceipt(answer.receipt), err
}

// Batch writes several mutations at once: all become visible at one revision, or none.
func (s *Store) Batch(ctx context.Context, mutations ...Mutation) (Receipt, error) {
	return s.BatchOnce(ctx, "", mutations...)
}

// BatchOnce is Batch under an operation id of the caller's: done once, however often it is sent within 24 hours.
func (s *Store) BatchOnce(ctx context.Context, operation string, mutations ...Mutation) (Receipt, error) {
	request := &pb.BatchRequest{OperationId: s.operation(operation)}
	for _, mutation := range mutations {
		request.Mutations = append(request.Mutations, mutation.message)
	}
	return s.write(ctx, &pb.Operation{Kind: &pb.Operation_Batch{Batch: request}})
}

// Apply sends a command to a state machine of the node.
func (s *Store) Apply(ctx context.Context, stateMachine string, command []byte) (CommandResult, error) {
	request := &pb.ApplyRequest{StateMachine: stateMachine, Command: command, OperationId: s.operation("")}
	answer, err := s.writes.do(ctx, &pb.Operation{Kind: &pb.Operation_Apply{Apply: request}}, s.settings.Patience)
	if err != nil {
		return CommandResult{}, err
	}
	if applied := answer.applied.GetApplied(); applied != nil {
		receipt := readReceipt(applied)
		return CommandResult{Receipt: &receipt}, nil
	}
	return CommandResult{Refused: answer.applied.GetRefused().GetReason()}, nil
}

// History gives the writes to a key that the log still holds, the newest first.
func (s *Store) History(ctx context.Context, key string, limit int) ([]HistoryEntry, error) {
	return ask(ctx, s, func(ctx context.Context) ([]HistoryEntry, error) {
		stream, err := s.calls.History(ctx, &pb.HistoryRequest{Key: key, Limit: uint32(limit)})
		if err != nil {
			return nil, err
		}
		var entries []HistoryEntry
		for {
			page, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return entries, nil
			}
			if err != nil {
				return nil, err
			}
			for _, one := range page.Entries {
				entries = append(entries, HistoryEntry{
					Version: readVersion(one.Version), Value: one.Value, Deleted: one.Value == nil, Service: one.GetServiceId(),
					Revision: one.Revision, Outcome: strings.ToLower(strings.TrimPrefix(one.Outcome.String(), "OUTCOME_")),
				})
			}
		}
	})
}

// Scan calls visit with the entries under a prefix in the order of their keys, until it returns false.
func (s *Store) Scan(ctx context.Context, prefix string, visit func(Entry) bool) error {
	return s.ScanAfter(ctx, prefix, "", visit)
}

// ScanAfter is Scan with keys greater than one only.
func (s *Store) ScanAfter(ctx context.Context, prefix, after string, visit func(Entry) bool) error {
	deadline := time.Now().Add(s.settings.Patience)
	failures := 0
	for {
		err := s.scanOnce(ctx, prefix, &after, func(entry Entry) bool {
			failures = 0
			deadline = time.Now().Add(s.settings.Patience)
			return visit(entry)
		})
		if err == nil || ctx.Err() != nil {
			return err
		}
		failures++
		if IsReason(err, TooSlow) {
			continue
		}
		if err := s.retry(ctx, err, failures, deadline); err != nil {
			return err
		}
	}
}

func (s *Store) scanOnce(ctx context.Context, prefix string, after *string, visit func(Entry) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request := &pb.ScanRequest{Prefix: prefix}
	if *after != "" {
		request.After = after
	}
	stream, err := s.calls.Scan(ctx, request)
	if err != nil {
		return fromRPC(err)
	}
	for {
		page, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fromRPC(err)
		}
		for _, message := range page.Entries {
			key := message.Key
			if !visit(readEntry(message)) {
				return nil
			}
			*after = key
		}
	}
}

// WatchOptions say what a watch delivers.
type WatchOptions struct {
	// After: start with the first change after it; without it with the first after the call.
	After *Position
	// Filters: only changes under one of these prefixes.
	Filters []string
	// Coalesce: if the reader is behind, leave out what a later change has replaced.
	Coalesce bool
	// CaughtUp is called once, when all that was there at the start has been delivered.
	CaughtUp func(Position)
}

// Watch calls visit with every visible change under a prefix once, in order, without gaps, until visit gives an error or the
// context ends, and gives that error. It goes on by itself when the node is back after it was gone. Compacted and LogChanged say
// that changes can't be had any more: scan, and watch from there, or use Follow, which does.
func (s *Store) Watch(ctx context.Context, prefix string, options WatchOptions, visit func(Change) error) error {
	failures := 0
	for {
		err := s.watchOnce(ctx, prefix, &options, &failures, visit)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case passing(err), IsReason(err, TooSlow) && options.After != nil:
			failures++
			if err := sleep(ctx, pause(failures)); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

func (s *Store) watchOnce(ctx context.Context, prefix string, options *WatchOptions, failures *int, visit func(Change) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request := &pb.WatchRequest{Prefix: prefix, Filters: options.Filters, Coalesce: options.Coalesce, ProgressIntervalMillis: progressMillis}
	if options.After != nil {
		request.After = &pb.Position{LogId: options.After.LogID, Revision: options.After.Revision}
	}
	stream, err := s.calls.Watch(ctx, request)
	if err != nil {
		return fromRPC(err)
	}
	var parts []*pb.Change
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return &Error{Reason: Closed, Message: "The node ended the watch."}
		}
		if err != nil {
			return fromRPC(err)
		}
		*failures = 0
		switch event := message.Event.(type) {
		case *pb.WatchResponse_Changes:
			// A large commit comes in parts; it counts once it is complete.
			parts = append(parts, event.Changes.Changes...)
			if event.Changes.More {
				continue
			}
			position := readPosition(event.Changes.Position)
			for i, change := range parts {
				if err := visit(readChange(change, position, i == len(parts)-1)); err != nil {
					return err
				}
			}
			parts = nil
			options.After = &position
		case *pb.WatchResponse_CaughtUp:
			position := readPosition(event.CaughtUp)
			options.After = &position
			if options.CaughtUp != nil {
				options.CaughtUp(position)
				options.CaughtUp = nil
			}
		case *pb.WatchResponse_Progress:
			position := readPosition(event.Progress)
			options.After = &position
		}
	}
}

// Follow calls visit with what is under a prefix, each key as a change, and then with every change, as Watch does. If changes
// can't be had any more it begins anew, and then reports keys that went away meanwhile as deleted. started is called each time
// after what is there has been reported; it may be nil.
func (s *Store) Follow(ctx context.Context, prefix string, visit func(Change) error, started func() error) error {
	known := map[string]bool{}
	for {
		start, err := s.Position(ctx)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		var failed error
		err = s.Scan(ctx, prefix, func(entry Entry) bool {
			seen[entry.Key] = true
			failed = visit(Change{Key: entry.Key, Value: entry.Value, Version: entry.Version, Position: start, Last: true})
			return failed == nil
		})
		if failed != nil {
			return failed
		}
		if err != nil {
			return err
		}
		for key := range known {
			if !seen[key] {
				if err := visit(Change{Key: key, Deleted: true, Position: start, Last: true}); err != nil {
					return err
				}
			}
		}
		known = seen
		if started != nil {
			if err := started(); err != nil {
				return err
			}
		}
		err = s.Watch(ctx, prefix, WatchOptions{After: &start}, func(change Change) error {
			if change.Deleted {
				delete(known, change.Key)
			} else {
				known[change.Key] = true
			}
			return visit(change)
		})
		if !IsReason(err, Compacted) && !IsReason(err, LogChanged) {
			return err
		}
	}
}

func readPosition(message *pb.Position) Position {
	return Position{LogID: message.GetLogId(), Revision: message.GetRevision()}
}

func readVersion(message *pb.Version) Version {
	return Version{Time: message.GetTime(), Node: hex.EncodeToString(message.GetNodeId()), Epoch: message.GetEpoch(), Index: message.GetIndex()}
}

func readEntry(message *pb.Entry) Entry {
	return Entry{Key: message.Key, Value: message.Value, Version: readVersion(message.Version), Revision: message.Revision, Concurrent: message.Concurrent}
}

func readReceipt(message *pb.Receipt) Receipt {
	return Receipt{Position: readPosition(message.GetPosition()), Version: readVersion(message.GetVersion())}
}

func readChange(message *pb.Change, position Position, last bool) Change {
	change := Change{Service: message.GetServiceId(), Position: position, Last: last}
	if updated := message.GetUpdated(); updated != nil {
		change.Key, change.Value, change.Version = updated.Key, updated.Value, readVersion(updated.Version)
	} else {
		change.Key, change.Deleted, change.Version = message.GetRemoved().GetKey(), true, readVersion(message.GetRemoved().GetVersion())
	}
	return change
}

func shift(failures int) int {
	if failures > 6 {
		return 6
	}
	return failures
}
