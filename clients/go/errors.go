package lattice

import (
	"errors"
	"fmt"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "lattice.dev/client/latticev1"
)

// The reasons of errors, as in store.proto, and Unreachable for a node that does not answer.
const (
	InvalidKey   = "INVALID_KEY"
	TooLarge     = "TOO_LARGE"
	Denied       = "DENIED"
	TokenRefused = "TOKEN_REFUSED"
	Busy         = "BUSY"
	TooSlow      = "TOO_SLOW"
	Closed       = "CLOSED"
	Compacted    = "COMPACTED"
	LogChanged   = "LOG_CHANGED"
	Unreachable  = "UNREACHABLE"
)

// Error is what the node, or the way to it, did not do.
type Error struct {
	// Reason is one of those of store.proto, Unreachable, or the name of a gRPC status.
	Reason string
	// Message is a sentence that says what to do.
	Message string
	// Metadata is what else the node said for programs.
	Metadata map[string]string
}

func (e *Error) Error() string { return e.Message }

// IsReason tells whether err is an Error of that reason.
func IsReason(err error, reason string) bool {
	var e *Error
	return errors.As(err, &e) && e.Reason == reason
}

// passing tells whether the node was not reached, or is going away, so that it is worth trying again.
func passing(err error) bool { return IsReason(err, Unreachable) || IsReason(err, Closed) }

// fromFailure is the error for a write of many that failed.
func fromFailure(failure *pb.Failure) *Error {
	if failure.Reason == "" {
		return &Error{Reason: codes.Code(failure.Code).String(), Message: failure.Message}
	}
	return &Error{Reason: failure.Reason, Message: failure.Message, Metadata: failure.Metadata}
}

func fromRPC(err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	s, ok := status.FromError(err)
	if !ok {
		return err
	}
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == "lattice.v1" {
			return &Error{Reason: info.GetReason(), Message: s.Message(), Metadata: info.GetMetadata()}
		}
	}
	// Internal without a reason is not the node's: gRPC says so too of a connection that breaks in the midst of a message.
	if s.Code() == codes.Unavailable || s.Code() == codes.Internal {
		return &Error{Reason: Unreachable, Message: fmt.Sprintf("The node did not answer (%s). See that it runs.", s.Message())}
	}
	return &Error{Reason: s.Code().String(), Message: s.Message()}
}
