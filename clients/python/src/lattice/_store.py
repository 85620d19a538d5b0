"""The store over the node's socket."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import secrets
import time
from dataclasses import dataclass
from typing import Any, AsyncIterator, Callable, Iterable, List, Mapping, Optional, Union

import grpc

from . import _values as values
from ._errors import Compacted, LatticeError, LogChanged, TooSlow, from_rpc, is_passing
from ._pipeline import Pipeline
from ._values import Applied, Change, Delete, Endpoint, Entry, HistoryEntry, NoEffect, Position, Put, Receipt, Refused
from .v1 import store_pb2 as pb

_SERVICE = "/lattice.v1.StoreService/"
_MAX_MESSAGE = 16 * 1024 * 1024
_PROGRESS_MILLIS = 5000
_LONGEST_PAUSE = 3.0


@dataclass(frozen=True)
class Settings:
    """Where the node is, and who we are to it."""

    target: str
    """``unix:/path/of/lattice.sock``, or ``127.0.0.1:port`` if the node's owner configured one."""
    service_id: str
    token: str
    patience: float = 30.0
    """How many seconds a call goes on trying to reach a node that does not answer."""

    @staticmethod
    def from_environment(environment: Optional[Mapping[str, str]] = None) -> "Settings":
        """What a node tells the daemons that it starts."""
        env = os.environ if environment is None else environment
        for name in ("LATTICE_SOCKET", "LATTICE_SERVICE_ID", "LATTICE_TOKEN"):
            if not env.get(name):
                raise ValueError(
                    f"{name} is not set. A node sets it for the daemons that it starts; set it yourself for one that you start."
                )
        return Settings("unix:" + os.path.abspath(env["LATTICE_SOCKET"]), env["LATTICE_SERVICE_ID"], env["LATTICE_TOKEN"])

    def __repr__(self) -> str:
        # Without the token, so that no log gets it.
        return f"Settings(target={self.target!r}, service_id={self.service_id!r})"


def connect(settings: Optional[Settings] = None) -> "Store":
    """The store of a node, to be used in ``async with``; without settings, as the environment says."""
    return Store(settings or Settings.from_environment())


def _pause(failures: int) -> float:
    """How long to wait before the next try: doubling, with jitter."""
    return min(_LONGEST_PAUSE, 0.05 * 2 ** min(failures - 1, 16)) * random.uniform(0.5, 1.0)


def _not_open() -> LatticeError:
    return LatticeError("CLOSED", "The connection is not open: use 'async with lattice.connect() as store'.")


class Store:
    """A replicated, ordered map of key to value, over the socket of a node.

    Calls are made again while the node can't be reached, until the settings' patience ends; writes carry an operation id,
    so that one whose answer was lost is not done twice. Writes share one stream, in the order in which they were called: make
    many at once, with ``asyncio.gather`` or tasks, for the node to write them to its disk together. All errors are
    :class:`LatticeError`.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self._channel: Optional[grpc.aio.Channel] = None
        self._pipeline: Optional[Pipeline] = None
        self._operations = itertools.count(1)
        self._operation_prefix = secrets.token_hex(8)
        self.node: str = ""
        """The node's id, once connected."""
        self.store_name: str = ""
        self.read: List[str] = []
        """The prefixes that may be read."""
        self.write: List[str] = []
        """The prefixes that may be written."""

    async def __aenter__(self) -> "Store":
        self._channel = grpc.aio.insecure_channel(
            self._settings.target,
            options=[
                ("grpc.max_receive_message_length", _MAX_MESSAGE),
                ("grpc.default_authority", "lattice"),
                ("grpc.initial_reconnect_backoff_ms", 50),
                ("grpc.min_reconnect_backoff_ms", 50),
                ("grpc.max_reconnect_backoff_ms", int(_LONGEST_PAUSE * 1000)),
                ("grpc.keepalive_time_ms", 20_000),
                ("grpc.keepalive_timeout_ms", 10_000),
            ],
        )
        self._pipeline = Pipeline(self._write_stream, _pause, self._settings.patience)
        try:
            answer = await self._call(
                "Connect", pb.ConnectRequest(service_id=self._settings.service_id, client="python"), pb.ConnectResponse
            )
        except BaseException:
            await self.close()
            raise
        self.node = answer.node_id.hex()
        self.store_name = answer.store_name
        self.read = list(answer.read)
        self.write = list(answer.write)
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends what runs."""
        if self._pipeline is not None:
            await self._pipeline.close()
            self._pipeline = None
        if self._channel is not None:
            await self._channel.close()
            self._channel = None

    def _open(self) -> grpc.aio.Channel:
        if self._channel is None:
            raise _not_open()
        return self._channel

    def _write_stream(self) -> Any:
        call = self._open().stream_stream(
            _SERVICE + "Pipeline", pb.PipelineRequest.SerializeToString, pb.PipelineResponse.FromString
        )
        return call(metadata=self._metadata)

    async def _write(self, operation: pb.Operation) -> Any:
        if self._pipeline is None:
            raise _not_open()
        return await self._pipeline.write(operation)

    @property
    def _metadata(self) -> Any:
        return (("authorization", "Bearer " + self._settings.token),)

    async def _call(self, method: str, request: Any, answer: Any) -> Any:
        call = self._open().unary_unary(_SERVICE + method, type(request).SerializeToString, answer.FromString)
        deadline = time.monotonic() + self._settings.patience
        for failures in itertools.count(1):
            try:
                return await call(request, metadata=self._metadata, timeout=max(0.001, deadline - time.monotonic()))
            except grpc.aio.AioRpcError as e:
                await self._retry(from_rpc(e), failures, deadline)

    async def _retry(self, error: LatticeError, failures: int, deadline: float) -> None:
        """Waits before a call is made again, or raises if it is not worth it."""
        pause = _pause(failures)
        if not is_passing(error) or time.monotonic() + pause > deadline:
            raise error
        await asyncio.sleep(pause)

    def _operation(self, given: Optional[str]) -> str:
        return given if given is not None else f"{self._operation_prefix}-{next(self._operations)}"

    async def ready(self, endpoints: Iterable[Endpoint] = ()) -> None:
        """Tells the node that this process, if the node started it, is ready; call it again when there are more endpoints."""
        request = pb.ReadyRequest(
            endpoints=[pb.Endpoint(protocol=one.protocol, host=one.host, port=one.port) for one in endpoints]
        )
        await self._call("Ready", request, pb.ReadyResponse)

    async def position(self) -> Position:
        """The last commit that is durable and visible."""
        answer = await self._call("GetPosition", pb.GetPositionRequest(), pb.GetPositionResponse)
        return values.read_position(answer.position)

    async def get(self, key: str) -> Optional[Entry]:
        """The value of a key, if it has one."""
        answer = await self._call("Get", pb.GetRequest(key=key), pb.GetResponse)
        return values.read_entry(answer.entry) if answer.HasField("entry") else None

    async def put(self, key: str, value: Union[bytes, str], *, operation_id: Optional[str] = None) -> Receipt:
        """Gives a key a value; returns when it is on disk and visible."""
        request = pb.PutRequest(key=key, value=values.as_bytes(value), operation_id=self._operation(operation_id))
        return values.read_receipt(await self._write(pb.Operation(put=request)))

    async def delete(self, key: str, *, operation_id: Optional[str] = None) -> Receipt:
        """Takes a key away; that there is none is no error."""
        request = pb.DeleteRequest(key=key, operation_id=self._operation(operation_id))
        return values.read_receipt(await self._write(pb.Operation(delete=request)))

    async def batch(self, mutations: Iterable[Union[Put, Delete]], *, operation_id: Optional[str] = None) -> Receipt:
        """Writes several mutations at once: all become visible at one revision, or none."""
        request = pb.BatchRequest(
            mutations=[values.write_mutation(one) for one in mutations], operation_id=self._operation(operation_id)
        )
        return values.read_receipt(await self._write(pb.Operation(batch=request)))

    async def apply(
        self, state_machine: str, command: bytes, *, operation_id: Optional[str] = None
    ) -> Union[Applied, NoEffect, Refused]:
        """Sends a command to a state machine of the node."""
        request = pb.ApplyRequest(
            state_machine=state_machine, command=command, operation_id=self._operation(operation_id)
        )
        answer = await self._write(pb.Operation(apply=request))
        kind = answer.WhichOneof("result")
        if kind == "applied":
            return Applied(values.read_receipt(answer.applied))
        return Refused(answer.refused.reason) if kind == "refused" else NoEffect()

    async def history(self, key: str, limit: int = 100) -> List[HistoryEntry]:
        """The writes to a key that the log still holds, the newest first."""
        deadline = time.monotonic() + self._settings.patience
        for failures in itertools.count(1):
            try:
                stream = self._stream("History", pb.HistoryRequest(key=key, limit=limit), pb.HistoryResponse)
                return [values.read_history(one) async for page in stream for one in page.entries]
            except grpc.aio.AioRpcError as e:
                await self._retry(from_rpc(e), failures, deadline)
        raise AssertionError("never reached")

    def _stream(self, method: str, request: Any, answer: Any) -> Any:
        call = self._open().unary_stream(_SERVICE + method, type(request).SerializeToString, answer.FromString)
        return call(request, metadata=self._metadata)

    async def scan(self, prefix: str, *, after: Optional[str] = None, limit: int = 0) -> AsyncIterator[Entry]:
        """The entries under a prefix in the order of their keys; at most ``limit`` if that is not 0."""
        deadline = time.monotonic() + self._settings.patience
        failures = 0
        left = limit
        while True:
            stream = None
            try:
                request = pb.ScanRequest(prefix=prefix, limit=left)
                if after is not None:
                    request.after = after
                stream = self._stream("Scan", request, pb.ScanResponse)
                async for page in stream:
                    failures = 0
                    deadline = time.monotonic() + self._settings.patience
                    for message in page.entries:
                        after = message.key
                        left = max(0, left - 1)
                        yield values.read_entry(message)
                        if limit and not left:
                            return
                return
            except grpc.aio.AioRpcError as e:
                failures += 1
                error = from_rpc(e)
                if not isinstance(error, TooSlow):
                    await self._retry(error, failures, deadline)
            finally:
                if stream is not None:
                    stream.cancel()

    async def watch(
        self,
        prefix: str,
        *,
        after: Optional[Position] = None,
        filters: Iterable[str] = (),
        coalesce: bool = False,
        caught_up: Optional[Callable[[Position], None]] = None,
    ) -> AsyncIterator[Change]:
        """Every visible change under a prefix once, in order, without gaps, for as long as it is iterated.

        It goes on by itself when the node is back after it was gone. Without ``after`` it starts with the first change
        that becomes visible after the call. :class:`Compacted` or :class:`LogChanged` say that changes can't be had any
        more: scan, and watch from there, or use :meth:`follow`, which does.
        """
        told = False
        failures = 0
        while True:
            stream = None
            try:
                request = pb.WatchRequest(
                    prefix=prefix, filters=list(filters), progress_interval_millis=_PROGRESS_MILLIS, coalesce=coalesce
                )
                if after is not None:
                    request.after.CopyFrom(values.write_position(after))
                stream = self._stream("Watch", request, pb.WatchResponse)
                parts: List[pb.Change] = []
                async for message in stream:
                    failures = 0
                    event = message.WhichOneof("event")
                    if event == "changes":
                        # A large commit comes in parts; it counts once it is complete.
                        parts.extend(message.changes.changes)
                        if not message.changes.more:
                            position = values.read_position(message.changes.position)
                            commit, parts = parts, []
                            for i, change in enumerate(commit):
                                yield values.read_change(change, position, i == len(commit) - 1)
                            after = position
                    elif event == "caught_up":
                        after = values.read_position(message.caught_up)
                        if not told and caught_up is not None:
                            caught_up(after)
                        told = True
                    elif event == "progress":
                        after = values.read_position(message.progress)
            except grpc.aio.AioRpcError as e:
                error = from_rpc(e)
                if not is_passing(error) and not (isinstance(error, TooSlow) and after is not None):
                    raise error from None
                failures += 1
                await asyncio.sleep(_pause(failures))
            finally:
                if stream is not None:
                    stream.cancel()

    async def follow(self, prefix: str) -> AsyncIterator[Change]:
        """What is under a prefix, each key as a change, and then every change; begins anew if changes can't be had any more.

        After such a beginning keys that went away meanwhile are reported as deleted.
        """
        known: set = set()
        while True:
            start = await self.position()
            seen = set()
            async for entry in self.scan(prefix):
                seen.add(entry.key)
                yield Change(entry.key, entry.value, entry.version, None, start)
            for key in known - seen:
                yield Change(key, None, values.Version(0, "", 0, 0), None, start)
            known = seen
            try:
                async for change in self.watch(prefix, after=start):
                    (known.discard if change.value is None else known.add)(change.key)
                    yield change
            except (Compacted, LogChanged):
                continue
