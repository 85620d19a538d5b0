"""Writes, many under way at once in one call."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from typing import Any, Awaitable, Callable, Deque, Dict, List, Optional

import grpc

from ._errors import Busy, Invalid, LatticeError, TooSlow, Unavailable, from_failure, from_rpc, is_passing
from .v1 import store_pb2 as pb

# What the node reads ahead of its answers; more would only wait at its door.
_MOST_UNDER_WAY = 1000
_MOST_BYTES_UNDER_WAY = 1 << 20
_MOST_BYTES_IN_MESSAGE = 256 * 1024
_MOST_WAITING = 100_000
_MOST_BYTES_WAITING = 64 << 20
_LARGEST = (16 << 20) - 1024


class _Write:
    """An operation and what becomes of it."""

    __slots__ = ("operation", "size", "answer")

    def __init__(self, operation: pb.Operation, answer: "asyncio.Future[Any]"):
        self.operation = operation
        self.size = operation.ByteSize()
        self.answer = answer


class Pipeline:
    """The writes of a process, in the order in which they were submitted.

    What is submitted before the event loop comes to it goes out in one message. If the call breaks, what was not answered is
    sent again in the next one, in order and before anything new; its operation id makes sure that what the node had done
    already is not done twice.
    """

    def __init__(self, call: Callable[[], Any], pause: Callable[[int], float], patience: float):
        """``call`` opens a call of ``Pipeline``; ``pause`` says how long to wait after so many failures, in seconds."""
        self._call = call
        self._pause = pause
        self._patience = patience
        self._waiting: Deque[_Write] = deque()
        self._bytes_waiting = 0
        self._under_way: Dict[int, _Write] = {}
        self._bytes_under_way = 0
        self._numbers = itertools.count()
        self._something_to_send = asyncio.Event()
        self._running: Optional["asyncio.Task[None]"] = None
        self._last_error: Optional[LatticeError] = None

    async def write(self, operation: pb.Operation) -> Any:
        """Sends a write; its answer is a ``Committed`` with one index, or an ``ApplyResponse``."""
        write = _Write(operation, asyncio.get_running_loop().create_future())
        if write.size > _LARGEST:
            raise Invalid("TOO_LARGE", f"The write has {write.size} bytes; the node takes no message of more than {_LARGEST}.")
        if len(self._waiting) >= _MOST_WAITING or self._bytes_waiting > _MOST_BYTES_WAITING:
            raise Busy("BUSY", f"{len(self._waiting)} writes wait to be sent to the node. Await some before you make more.")
        self._waiting.append(write)
        self._bytes_waiting += write.size
        self._something_to_send.set()
        if self._running is None:
            self._running = asyncio.ensure_future(self._run())
        try:
            return await asyncio.wait_for(write.answer, self._patience)
        except asyncio.TimeoutError:
            why = f" ({self._last_error})" if self._last_error else ""
            raise Unavailable(
                "UNREACHABLE",
                f"The node did not answer within {self._patience:g} s{why}. See that it runs; the write may have been done"
                " all the same.",
            ) from None

    async def close(self) -> None:
        """Ends the call, and fails what was not answered."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        self._fail([*self._under_way.values(), *self._waiting], LatticeError("CLOSED", "The connection to the node was closed."))
        self._under_way.clear()
        self._waiting.clear()

    async def _run(self) -> None:
        failures = 0
        while True:
            await self._something_to_send.wait()
            answers = 0
            call = self._call()
            sending = asyncio.ensure_future(self._send(call))
            try:
                async for response in call:
                    answers += 1
                    self._last_error = None
                    if not self._answered(response):
                        break
                error: LatticeError = Unavailable("CLOSED", "The node is stopping.")
            except grpc.aio.AioRpcError as e:
                error = from_rpc(e)
            finally:
                sending.cancel()
                call.cancel()
                await asyncio.gather(sending, return_exceptions=True)
            failures = 1 if answers else failures + 1
            self._broken(error)
            await asyncio.sleep(self._pause(failures))

    async def _send(self, call: Any) -> None:
        self._numbers = itertools.count()
        while True:
            operations = self._take()
            if operations:
                try:
                    await call.write(pb.PipelineRequest(operations=operations))
                except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
                    return  # the call has ended; whoever reads its answers hears why
            else:
                self._something_to_send.clear()
                await self._something_to_send.wait()

    def _take(self) -> List[pb.Operation]:
        """What can be sent now, under way from here on."""
        operations: List[pb.Operation] = []
        size = 0
        while self._waiting:
            write = self._waiting[0]
            full = self._under_way and (
                len(self._under_way) >= _MOST_UNDER_WAY or self._bytes_under_way + write.size > _MOST_BYTES_UNDER_WAY
            )
            if full or (operations and size + write.size > _MOST_BYTES_IN_MESSAGE):
                break
            self._waiting.popleft()
            self._bytes_waiting -= write.size
            if write.answer.done():
                continue  # nobody waits for it any more
            self._under_way[next(self._numbers)] = write
            self._bytes_under_way += write.size
            size += write.size
            operations.append(write.operation)
        return operations

    def _answered(self, response: pb.PipelineResponse) -> bool:
        """Tells those who wait; False if the node is stopping, so that what it did not do is to be sent again."""
        for committed in response.committed:
            for number, index in zip(committed.numbers, committed.indexes):
                version = pb.Version()
                version.CopyFrom(committed.version)
                version.index = index
                self._tell(number, pb.Receipt(position=committed.position, version=version))
        stopping = False
        for outcome in response.outcomes:
            if outcome.WhichOneof("result") == "applied":
                self._tell(outcome.number, outcome.applied)
            elif outcome.failure.reason == "CLOSED":
                stopping = True
            else:
                self._tell(outcome.number, from_failure(outcome.failure))
        if self._waiting:
            self._something_to_send.set()
        return not stopping

    def _tell(self, number: int, answer: Any) -> None:
        write = self._under_way.pop(number, None)
        if write is None:
            return
        self._bytes_under_way -= write.size
        if write.answer.done():
            return
        if isinstance(answer, LatticeError):
            write.answer.set_exception(answer)
        else:
            write.answer.set_result(answer)

    def _broken(self, error: LatticeError) -> None:
        unanswered = list(self._under_way.values())
        self._under_way.clear()
        self._bytes_under_way = 0
        if is_passing(error) or isinstance(error, TooSlow) or error.reason == "CANCELLED":
            self._last_error = error
            self._waiting.extendleft(reversed(unanswered))
            self._bytes_waiting += sum(write.size for write in unanswered)
        else:
            self._fail(unanswered, error)
        if self._waiting:
            self._something_to_send.set()
        else:
            self._something_to_send.clear()

    @staticmethod
    def _fail(writes: List[_Write], error: LatticeError) -> None:
        for write in writes:
            if not write.answer.done():
                write.answer.set_exception(error)
