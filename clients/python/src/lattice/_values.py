"""The values of a store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional, Union

from .v1 import store_pb2 as pb


@dataclass(frozen=True)
class Position:
    """How far a reader has come in the node's log; what a watch resumes after."""

    log_id: str
    revision: int


@dataclass(frozen=True)
class Version:
    """Which write a value is: of two to one key the greater one wins, at every node alike."""

    time: int
    """Milliseconds since 1970 in the upper 48 bits, a counter in the lower 16."""
    node: str
    """The author's node id, 64 hexadecimal digits."""
    epoch: int
    index: int

    @property
    def millis(self) -> int:
        """When, in milliseconds since 1970 UTC."""
        return self.time >> 16


@dataclass(frozen=True)
class Entry:
    """A key with the value that it has."""

    key: str
    value: bytes
    version: Version
    revision: int
    concurrent: bool = False

    @property
    def text(self) -> str:
        """The value, read as UTF-8."""
        return self.value.decode("utf-8")


@dataclass(frozen=True)
class Endpoint:
    """Where a process can be reached."""

    protocol: str
    """As in the scheme of a URI: ``http``."""
    host: str
    port: int


@dataclass(frozen=True)
class Receipt:
    """The answer to a write: it is on disk and visible."""

    position: Position
    version: Version


@dataclass(frozen=True)
class Change:
    """A change that became visible. ``value`` is None if the key was deleted."""

    key: str
    value: Optional[bytes]
    version: Version
    service: Optional[str]
    position: Position = field(compare=False)
    """Of its commit. Once ``last`` of a commit is dealt with, a watch can resume after it."""
    last: bool = field(compare=False, default=True)
    """Whether it is the last of its commit."""


@dataclass(frozen=True)
class HistoryEntry:
    """One write to a key. ``value`` is None if it deleted the key."""

    version: Version
    value: Optional[bytes]
    service: Optional[str]
    revision: int
    outcome: str
    """``current``, ``overwritten``, ``lost`` or ``void``."""


@dataclass(frozen=True)
class Put:
    """Gives a key a value."""

    key: str
    value: Union[bytes, str]


@dataclass(frozen=True)
class Delete:
    """Takes a key away."""

    key: str


@dataclass(frozen=True)
class Applied:
    """A command's effects are committed."""

    receipt: Receipt


@dataclass(frozen=True)
class NoEffect:
    """A command was accepted and changed nothing."""


@dataclass(frozen=True)
class Refused:
    """The state machine said no; nothing was written."""

    reason: str


def as_bytes(value: Union[bytes, str]) -> bytes:
    return value.encode("utf-8") if isinstance(value, str) else bytes(value)


def read_position(message: pb.Position) -> Position:
    return Position(message.log_id, message.revision)


def write_position(position: Position) -> pb.Position:
    return pb.Position(log_id=position.log_id, revision=position.revision)


def read_version(message: pb.Version) -> Version:
    return Version(message.time, message.node_id.hex(), message.epoch, message.index)


def read_entry(message: pb.Entry) -> Entry:
    return Entry(message.key, message.value, read_version(message.version), message.revision, message.concurrent)


def read_receipt(message: pb.Receipt) -> Receipt:
    return Receipt(read_position(message.position), read_version(message.version))


def read_change(message: pb.Change, position: Position, last: bool) -> Change:
    service = message.service_id if message.HasField("service_id") else None
    if message.WhichOneof("kind") == "updated":
        entry = message.updated
        return Change(entry.key, entry.value, read_version(entry.version), service, position, last)
    return Change(message.removed.key, None, read_version(message.removed.version), service, position, last)


def read_history(message: pb.HistoryEntry) -> HistoryEntry:
    return HistoryEntry(
        read_version(message.version),
        message.value if message.HasField("value") else None,
        message.service_id if message.HasField("service_id") else None,
        message.revision,
        pb.HistoryEntry.Outcome.Name(message.outcome).removeprefix("OUTCOME_").lower(),
    )


def write_mutation(mutation: Union[Put, Delete]) -> pb.Mutation:
    if isinstance(mutation, Put):
        return pb.Mutation(put=pb.Mutation.Put(key=mutation.key, value=as_bytes(mutation.value)))
    return pb.Mutation(delete=pb.Mutation.Delete(key=mutation.key))
