package lattice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	pb "lattice.dev/client/latticev1"
)

const (
	// What the node reads ahead of its answers; more would only wait at its door.
	mostUnderWay       = 1000
	mostBytesUnderWay  = 1 << 20
	mostBytesInMessage = 256 << 10
	mostWaiting        = 100_000
	mostBytesWaiting   = 64 << 20
	largestWrite       = maxMessage - 1024
)

// pipeline has the writes of a process, in the order in which they were submitted, many under way at once in one call. What is
// submitted while a message is being sent goes out in the next one.
//
// If the call breaks, what was not answered is sent again in the next one, in order and before anything new; its operation id
// makes sure that what the node had done already is not done twice.
type pipeline struct {
	calls  pb.StoreServiceClient
	ctx    context.Context
	cancel context.CancelFunc
	// wake has room for one: somebody submitted, or there is room again.
	wake chan struct{}

	mutex         sync.Mutex
	waiting       []*write
	bytesWaiting  int
	underWay      map[uint64]*write
	bytesUnderWay int
	next          uint64
	running       bool
	closed        bool
	lastError     error
}

// write is an operation and what becomes of it.
type write struct {
	operation *pb.Operation
	size      int
	answer    chan answer
	abandoned bool // guarded by the pipeline's mutex
}

// answer is a receipt, or what a state machine said, or an error.
type answer struct {
	receipt *pb.Receipt
	applied *pb.ApplyResponse
	err     error
}

func newPipeline(calls pb.StoreServiceClient) *pipeline {
	ctx, cancel := context.WithCancel(context.Background())
	return &pipeline{calls: calls, ctx: ctx, cancel: cancel, wake: make(chan struct{}, 1), underWay: map[uint64]*write{}}
}

// do sends an operation and waits for its answer.
func (p *pipeline) do(ctx context.Context, operation *pb.Operation, patience time.Duration) (answer, error) {
	w := &write{operation: operation, size: proto.Size(operation), answer: make(chan answer, 1)}
	if err := p.submit(w); err != nil {
		return answer{}, err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case a := <-w.answer:
		return a, a.err
	case <-ctx.Done():
		p.abandon(w)
		return answer{}, ctx.Err()
	case <-timer.C:
		why := ""
		if last := p.abandon(w); last != nil {
			why = " (" + last.Error() + ")"
		}
		return answer{}, &Error{Reason: Unreachable, Message: fmt.Sprintf(
			"The node did not answer within %v%s. See that it runs; the write may have been done all the same.", patience, why)}
	}
}

func (p *pipeline) submit(w *write) error {
	if w.size > largestWrite {
		return &Error{Reason: TooLarge, Message: fmt.Sprintf(
			"The write has %d bytes; the node takes no message of more than %d.", w.size, largestWrite)}
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.closed {
		return errClosed()
	}
	if len(p.waiting) >= mostWaiting || p.bytesWaiting > mostBytesWaiting {
		return &Error{Reason: Busy, Message: fmt.Sprintf(
			"%d writes wait to be sent to the node. Wait for some before you make more.", len(p.waiting))}
	}
	p.waiting = append(p.waiting, w)
	p.bytesWaiting += w.size
	if !p.running {
		p.running = true
		go p.run()
	}
	p.signal()
	return nil
}

func (p *pipeline) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// abandon says that nobody waits for a write any more; it gives what went wrong last.
func (p *pipeline) abandon(w *write) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	w.abandoned = true
	return p.lastError
}

// close ends the call, and fails what was not answered.
func (p *pipeline) close() {
	p.cancel()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.closed = true
	for _, w := range append(p.takeUnderWay(), p.waiting...) {
		w.answer <- answer{err: errClosed()}
	}
	p.waiting = nil
}

func errClosed() error {
	return &Error{Reason: Closed, Message: "The connection to the node was closed."}
}

func (p *pipeline) run() {
	failures := 0
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-p.wake:
		}
		answered, err := p.stream()
		if answered {
			failures = 0
		}
		failures++
		p.broken(err)
		if sleep(p.ctx, pause(failures)) != nil {
			return
		}
	}
}

// stream is one call, until it breaks; whether it brought answers, and why it broke.
func (p *pipeline) stream() (bool, error) {
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	call, err := p.calls.Pipeline(ctx)
	if err != nil {
		return false, fromRPC(err)
	}
	p.mutex.Lock()
	p.next = 0
	p.mutex.Unlock()
	ended := make(chan error, 1)
	answered := false
	go func() {
		for {
			response, err := call.Recv()
			if errors.Is(err, io.EOF) {
				err = &Error{Reason: Closed, Message: "The node ended the call."}
			}
			if err == nil {
				answered = true
				err = p.answered(response)
			}
			if err != nil {
				ended <- fromRPC(err)
				return
			}
		}
	}()
	for {
		if operations := p.take(); len(operations) > 0 {
			// If that fails, the other side of the call says why.
			if call.Send(&pb.PipelineRequest{Operations: operations}) == nil {
				continue
			}
			return answered, <-ended
		}
		select {
		case err := <-ended:
			return answered, err
		case <-p.wake:
		}
	}
}

// take is what can be sent now; it is under way from here on.
func (p *pipeline) take() []*pb.Operation {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	var operations []*pb.Operation
	size := 0
	for len(p.waiting) > 0 {
		w := p.waiting[0]
		full := len(p.underWay) > 0 && (len(p.underWay) >= mostUnderWay || p.bytesUnderWay+w.size > mostBytesUnderWay)
		if full || size > 0 && size+w.size > mostBytesInMessage {
			break
		}
		p.waiting[0] = nil
		p.waiting = p.waiting[1:]
		p.bytesWaiting -= w.size
		if w.abandoned {
			continue
		}
		p.underWay[p.next] = w
		p.next++
		p.bytesUnderWay += w.size
		size += w.size
		operations = append(operations, w.operation)
	}
	return operations
}

// answered tells those who wait; an error if the node is stopping, so that what it did not do is to be sent again.
func (p *pipeline) answered(response *pb.PipelineResponse) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.lastError = nil
	for _, committed := range response.Committed {
		for i, number := range committed.Numbers {
			version := proto.Clone(committed.Version).(*pb.Version)
			if i < len(committed.Indexes) {
				version.Index = committed.Indexes[i]
			}
			p.settle(number, answer{receipt: &pb.Receipt{Position: committed.Position, Version: version}})
		}
	}
	var stopping error
	for _, outcome := range response.Outcomes {
		failure := outcome.GetFailure()
		switch {
		case failure == nil:
			p.settle(outcome.Number, answer{applied: outcome.GetApplied()})
		case failure.Reason == Closed:
			stopping = fromFailure(failure)
		default:
			p.settle(outcome.Number, answer{err: fromFailure(failure)})
		}
	}
	if len(p.waiting) > 0 {
		p.signal()
	}
	return stopping
}

func (p *pipeline) settle(number uint64, a answer) {
	if w, there := p.underWay[number]; there {
		delete(p.underWay, number)
		p.bytesUnderWay -= w.size
		w.answer <- a
	}
}

// takeUnderWay is what was not answered, in order.
func (p *pipeline) takeUnderWay() []*write {
	numbers := make([]uint64, 0, len(p.underWay))
	for number := range p.underWay {
		numbers = append(numbers, number)
	}
	sort.Slice(numbers, func(i, j int) bool { return numbers[i] < numbers[j] })
	writes := make([]*write, 0, len(numbers))
	for _, number := range numbers {
		writes = append(writes, p.underWay[number])
	}
	p.underWay = map[uint64]*write{}
	p.bytesUnderWay = 0
	return writes
}

func (p *pipeline) broken(err error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	unanswered := p.takeUnderWay()
	if p.closed || passing(err) || IsReason(err, TooSlow) || IsReason(err, codes.Canceled.String()) {
		p.lastError = err
		for _, w := range unanswered {
			p.bytesWaiting += w.size
		}
		p.waiting = append(unanswered, p.waiting...)
	} else {
		for _, w := range unanswered {
			w.answer <- answer{err: err}
		}
	}
	if p.closed {
		for _, w := range p.waiting {
			w.answer <- answer{err: errClosed()}
		}
		p.waiting = nil
	} else if len(p.waiting) > 0 {
		p.signal()
	}
}
