"""The client against a node, which restarts its side of the socket when /t/control/restart is written."""

import asyncio
import os

import grpc
import pytest

import lattice
from lattice import Applied, Delete, Endpoint, Put
from lattice._pipeline import Pipeline
from lattice.v1 import store_pb2 as pb


async def collect(changes, count):
    found = []

    async def read():
        async for change in changes:
            found.append(change)
            if len(found) == count:
                return

    await asyncio.wait_for(read(), 30)
    return found


async def test_a_value_comes_back(store):
    receipt = await store.put("/t/a", b"\x00\xff")
    entry = await store.get("/t/a")
    assert entry.value == b"\x00\xff"
    assert entry.version == receipt.version
    assert entry.revision == receipt.position.revision
    assert entry.version.node == store.node
    await store.delete("/t/a")
    assert await store.get("/t/a") is None


async def test_it_says_that_it_is_ready(store):
    await store.ready()
    await store.ready([Endpoint("http", "127.0.0.1", 8088)])
    with pytest.raises(lattice.Invalid):
        await store.ready([Endpoint("http", "127.0.0.1", 0)])


async def test_a_batch_is_one(store):
    await store.put("/t/gone", "x")
    await store.batch([Put("/t/a", "1"), Put("/t/b", "2"), Delete("/t/gone")])
    entries = [entry async for entry in store.scan("/t")]
    assert [(entry.key, entry.text) for entry in entries] == [("/t/a", "1"), ("/t/b", "2")]
    assert entries[0].revision == entries[1].revision


async def test_a_scan_is_in_order_and_keeps_to_its_limit(store):
    await store.batch([Put(f"/t/{i:04}", str(i)) for i in range(1200)])
    assert [entry.text async for entry in store.scan("/t")] == [str(i) for i in range(1200)]
    assert [entry.text async for entry in store.scan("/t", after="/t/0009", limit=3)] == ["10", "11", "12"]


async def test_history(store):
    await store.put("/t/h", "1")
    await store.delete("/t/h")
    first, second = (await store.history("/t/h"))[:2]
    assert (first.value, first.outcome, first.service) == (None, "current", os.environ["LATTICE_SERVICE_ID"])
    assert (second.value, second.outcome) == (b"1", "overwritten")


async def test_an_operation_is_done_once(store):
    first = await store.put("/t/a", "1", operation_id="python-op")
    assert await store.put("/t/a", "1", operation_id="python-op") == first
    assert len(await store.history("/t/a")) == 1 or (await store.history("/t/a"))[1].version != first.version


async def test_a_command(store):
    assert isinstance(await store.apply("test.set", b"by command"), Applied)
    assert (await store.get("/t/register")).text == "by command"
    with pytest.raises(lattice.LatticeError) as error:
        await store.apply("test.unknown", b"")
    assert error.value.reason == "NO_STATE_MACHINE"


async def test_what_is_wrong_is_said(store):
    with pytest.raises(lattice.Denied):
        await store.get("/secret")
    with pytest.raises(lattice.Denied):
        await store.put("/services/x/config", "{}")
    with pytest.raises(lattice.Invalid) as error:
        await store.put("no-slash", "x")
    assert error.value.reason == "INVALID_KEY"
    assert str(error.value).endswith(".")
    with pytest.raises(lattice.LogChanged):
        await collect(store.watch("/t", after=lattice.Position("another log", 1)), 1)


async def test_a_wrong_token_is_refused(store):
    settings = lattice.Settings.from_environment()
    wrong = lattice.Settings(settings.target, settings.service_id, settings.token[:-1] + ("A" if settings.token[-1] != "A" else "B"))
    with pytest.raises(lattice.Unauthenticated):
        async with lattice.connect(wrong):
            pass
    assert settings.token not in repr(settings)


async def test_a_watch_sees_the_past_then_the_present(store):
    start = await store.position()
    await store.put("/t/a", "1")
    changes = store.watch("/t", after=start)
    task = asyncio.ensure_future(collect(changes, 3))
    await store.batch([Put("/t/b", "2"), Delete("/t/a")])
    found = await task
    assert [(change.key, change.value, change.last) for change in found] == [
        ("/t/a", b"1", True),
        ("/t/b", b"2", False),
        ("/t/a", None, True),
    ]
    assert found[0].service == os.environ["LATTICE_SERVICE_ID"]
    await changes.aclose()


async def test_it_goes_on_when_the_node_is_back(store):
    caught_up = asyncio.Event()
    changes = store.watch("/t/r", caught_up=lambda _: caught_up.set())
    task = asyncio.ensure_future(collect(changes, 21))
    await asyncio.wait_for(caught_up.wait(), 30)
    await store.put("/t/control/restart", "now")
    for i in range(20):
        await store.put(f"/t/r/{i}", str(i))
    found = await task
    assert sorted(change.key for change in found) == sorted(["/t/r/missed"] + [f"/t/r/{i}" for i in range(20)])
    await changes.aclose()


async def test_follow_begins_with_what_is_there(store):
    await store.put("/t/f/a", "1")
    changes = store.follow("/t/f")
    task = asyncio.ensure_future(collect(changes, 2))
    await asyncio.sleep(0.1)
    await store.put("/t/f/b", "2")
    assert [(change.key, change.value) for change in await task] == [("/t/f/a", b"1"), ("/t/f/b", b"2")]
    await changes.aclose()


async def test_nobody_there():
    with pytest.raises(lattice.Unavailable):
        async with lattice.connect(lattice.Settings("unix:/nonexistent/lattice.sock", "a.b", "x", patience=0.3)):
            pass


async def test_writes_share_one_call_and_keep_their_order(store, monkeypatch):
    opened = []
    real = store._write_stream
    monkeypatch.setattr(store._pipeline, "_call", lambda: opened.append(1) or real())
    receipts = await asyncio.gather(*[store.put("/t/order", str(i)) for i in range(3000)])
    assert len(opened) <= 1, "besides the one that the fixture may have opened"
    assert (await store.get("/t/order")).text == "2999"
    assert len({(one.version.time, one.version.index) for one in receipts}) == 3000
    assert [one.position.revision for one in receipts] == sorted(one.position.revision for one in receipts)


async def test_a_write_that_is_refused_harms_no_other(store):
    answers = await asyncio.gather(
        store.put("/t/a", "1"),
        store.put("/services/x/config", "{}"),
        store.put("no-slash", "x"),
        store.put("/t/large", b"x" * (2 << 20)),
        store.put("/t/larger", b"x" * (17 << 20)),
        store.apply("test.unknown", b""),
        store.delete("/peers/x"),
        store.put("/t/b", "2"),
        return_exceptions=True,
    )
    reasons = [getattr(one, "reason", None) for one in answers]
    assert reasons == [None, "DENIED", "INVALID_KEY", "TOO_LARGE", "TOO_LARGE", "NO_STATE_MACHINE", "DENIED", None]
    assert [entry.text async for entry in store.scan("/t")] == ["1", "2"]


async def test_writes_under_way_are_done_once_when_the_node_goes_and_comes(store):
    start = await store.position()
    puts = [store.put(f"/t/once/{i}", str(i)) for i in range(2000)]
    puts.insert(700, store.put("/t/control/restart", "now"))
    receipts = await asyncio.gather(*puts)
    assert len(receipts) == 2001
    await store.put("/t/once/end", "")
    changes = store.watch("/t/once", after=start)
    found = await collect(changes, 2001)
    assert [change.key for change in found] == [f"/t/once/{i}" for i in range(2000)] + ["/t/once/end"]
    await changes.aclose()


async def test_a_write_whose_caller_gave_up_keeps_no_other(store):
    gone = asyncio.ensure_future(store.put("/t/gone", "x"))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await store.put("/t/a", "1")).position.revision > 0
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_write_to_nobody_ends():
    async with grpc.aio.insecure_channel("unix:/nonexistent/lattice.sock") as channel:
        call = channel.stream_stream("/lattice.v1.StoreService/Pipeline", pb.PipelineRequest.SerializeToString)
        pipeline = Pipeline(call, lambda failures: 0.05, patience=0.4)
        with pytest.raises(lattice.Unavailable, match="0.4 s .*may have been done"):
            await pipeline.write(pb.Operation(put=pb.PutRequest(key="/t/a")))
        waiting = asyncio.ensure_future(pipeline.write(pb.Operation(put=pb.PutRequest(key="/t/a"))))
        await asyncio.sleep(0)
        await pipeline.close()
        with pytest.raises(lattice.LatticeError, match="closed"):
            await waiting


class BrokenCall:
    """A call whose connection broke: it takes nothing, and ends so."""

    def __init__(self, code, details):
        self._error = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details=details)

    async def write(self, message):
        raise self._error

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise self._error

    def cancel(self):
        pass


class AnsweringCall:
    """Answers each write of the first message."""

    def __init__(self):
        self._answers = asyncio.Queue()

    async def write(self, message):
        await self._answers.put(
            pb.PipelineResponse(
                committed=[pb.Committed(numbers=range(len(message.operations)), indexes=range(len(message.operations)))]
            )
        )

    def __aiter__(self):
        return self

    async def __anext__(self):
        return await self._answers.get()

    def cancel(self):
        pass


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL])
async def test_what_was_written_while_the_connection_broke_is_written_again(code):
    calls = iter([BrokenCall(code, "Internal error from Core"), AnsweringCall()])
    pipeline = Pipeline(lambda: next(calls), lambda failures: 0.01, 10)
    await asyncio.gather(*(pipeline.write(pb.Operation(put=pb.PutRequest(key=f"/a/{i}"))) for i in range(3)))
    await pipeline.close()
