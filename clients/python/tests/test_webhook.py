"""The webhook bridge as a process of its own, against a node."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import sys

import aiohttp
import pytest


@contextlib.asynccontextmanager
async def bridging(config, **others):
    """A bridge that runs, and where its hooks are."""
    hooks = [{"name": "open"}, {"name": "signed", "secret": "a secret of ours"}]
    config.write_text(json.dumps({"port": 0, "prefix": "/t/hooks", "maxBytes": 1000, "hooks": hooks, **others}))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from lattice_webhook.bridge import main; main()",
        env={**os.environ, "LATTICE_CONFIG": str(config)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        assert line.startswith("ready "), line
        yield line.split()[1]
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0


@pytest.fixture
async def bridge(tmp_path, store):
    async with bridging(tmp_path / "config.json") as hooks:
        yield hooks


async def deliver(url, body, **headers):
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data=body, headers=headers) as answer:
            return answer.status


async def entries(store):
    return [(entry.key, json.loads(entry.value)) async for entry in store.scan("/t/hooks")]


async def test_a_delivery_becomes_an_entry(bridge, store):
    assert await deliver(bridge + "open", b'{"hello": "world"}', **{"Content-Type": "application/json"}) == 202
    [(key, entry)] = await entries(store)
    assert key.startswith("/t/hooks/open/")
    assert entry["body"] == '{"hello": "world"}'
    assert entry["headers"]["Content-Type"] == "application/json"


async def test_a_repeated_delivery_is_one_entry(bridge, store):
    for _ in range(3):
        assert await deliver(bridge + "open", b"again", **{"X-GitHub-Delivery": "webhook-test-1"}) == 202
    assert len(await entries(store)) == 1


async def test_only_what_is_signed_gets_in(bridge, store):
    body = b"signed"
    signature = "sha256=" + hmac.new(b"a secret of ours", body, hashlib.sha256).hexdigest()
    assert await deliver(bridge + "signed", body) == 401
    assert await deliver(bridge + "signed", body + b"!", **{"X-Hub-Signature-256": signature}) == 401
    assert await entries(store) == []
    assert await deliver(bridge + "signed", body, **{"X-Hub-Signature-256": signature}) == 202
    assert len(await entries(store)) == 1


async def test_what_is_unknown_or_too_large_is_refused(bridge, store):
    assert await deliver(bridge + "unknown", b"x") == 404
    assert await deliver(bridge + "open", b"x" * 1001) == 413
    assert await deliver(bridge + "open", b"\xff\xfe") == 202
    assert len(await entries(store)) == 1


async def test_what_only_the_store_finds_too_large_is_told_as_such(tmp_path, store):
    async with bridging(tmp_path / "config.json", maxBytes=900_000) as hooks:
        # In JSON each takes six bytes.
        assert await deliver(hooks + "open", b"\x01" * 300_000) == 413
        assert await deliver(hooks + "open", b"fits") == 202


async def test_a_prefix_that_is_no_key_is_not_the_senders_fault(tmp_path, store):
    async with bridging(tmp_path / "config.json", prefix="/t//hooks") as hooks:
        assert await deliver(hooks + "open", b"x") == 500
