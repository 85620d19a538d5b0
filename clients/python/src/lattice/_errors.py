"""Errors: a gRPC status with the reason that the node gave, as exceptions."""

from __future__ import annotations

from typing import Mapping, Optional

import grpc
from google.rpc import error_details_pb2, status_pb2

from .v1 import store_pb2 as pb

DOMAIN = "lattice.v1"


class LatticeError(Exception):
    """What the node, or the way to it, did not do. The message is a sentence that says what to do.

    ``reason`` is one of those of store.proto, or the name of the gRPC status if the error is not the node's own.
    """

    def __init__(self, reason: str, message: str, metadata: Optional[Mapping[str, str]] = None):
        super().__init__(message)
        self.reason = reason
        self.metadata = dict(metadata or {})


class Invalid(LatticeError):
    """A key, value, transaction or other part of the request is not of the form of one."""


class Denied(LatticeError):
    """The token does not reach there."""


class Unauthenticated(LatticeError):
    """The token is unknown, wrong, expired or revoked."""


class Busy(LatticeError):
    """The node has too much to do; try again later."""


class TooSlow(LatticeError):
    """A stream was not read for too long."""


class Unavailable(LatticeError):
    """The node can't be reached, is stopping, or takes no writes now."""


class Compacted(LatticeError):
    """The changes asked for are no longer in the log: scan again, and watch from there."""


class LogChanged(LatticeError):
    """The position is of another log: scan again, and watch from there."""


_KINDS = {
    "INVALID_KEY": Invalid,
    "INVALID_TRANSACTION": Invalid,
    "INVALID_REQUEST": Invalid,
    "TOO_LARGE": Invalid,
    "DENIED": Denied,
    "TOKEN_REFUSED": Unauthenticated,
    "BUSY": Busy,
    "TOO_SLOW": TooSlow,
    "UNAVAILABLE": Unavailable,
    "CLOSED": Unavailable,
    "COMPACTED": Compacted,
    "LOG_CHANGED": LogChanged,
}


def from_rpc(error: grpc.aio.AioRpcError) -> LatticeError:
    """The exception for a failed call."""
    message = error.details() or error.code().name
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.ErrorInfo()
                if detail.Is(info.DESCRIPTOR) and detail.Unpack(info) and info.domain == DOMAIN:
                    return _KINDS.get(info.reason, LatticeError)(info.reason, message, info.metadata)
    # INTERNAL without a reason is not the node's: gRPC says so too of a connection that breaks while something is written to it.
    if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL):
        return Unavailable("UNREACHABLE", f"The node did not answer ({message}). See that it runs.")
    return LatticeError(error.code().name, message)


def from_failure(failure: pb.Failure) -> LatticeError:
    """The exception for a write of many that failed."""
    if failure.reason:
        return _KINDS.get(failure.reason, LatticeError)(failure.reason, failure.message, failure.metadata)
    names = [code.name for code in grpc.StatusCode if code.value[0] == failure.code]
    return LatticeError(names[0] if names else "UNKNOWN", failure.message)


def is_passing(error: LatticeError) -> bool:
    """Whether the node was not reached, or is going away, so that it is worth trying again."""
    return error.reason in ("UNREACHABLE", "CLOSED")
