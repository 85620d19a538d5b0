package lattice

import (
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestWhatIsWorthTryingAgain(t *testing.T) {
	defect, err := status.New(codes.Internal, "The node could not do it; its log says why.").
		WithDetails(&errdetails.ErrorInfo{Domain: "lattice.v1", Reason: "INTERNAL"})
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range []struct {
		what    string
		err     error
		passing bool
	}{
		{"nobody there", status.Error(codes.Unavailable, "connection refused"), true},
		{"a connection that broke", status.Error(codes.Internal, "stream terminated by RST_STREAM"), true},
		{"a defect of the node", defect.Err(), false},
		{"a call that is not known", status.Error(codes.Unimplemented, "unknown method"), false},
	} {
		if got := passing(fromRPC(each.err)); got != each.passing {
			t.Errorf("%s: worth trying again: %v, expected %v", each.what, got, each.passing)
		}
	}
}
