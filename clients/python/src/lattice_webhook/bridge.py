"""Takes webhooks over HTTP and puts them into the store, where other services watch for them.

A hook ``NAME`` is received at ``POST /hooks/NAME`` and becomes one entry ``{prefix}/NAME/{time}-{id}``: JSON with the
headers that were asked for and the body. It is answered when the entry is on disk. A delivery that its sender repeats, as
most do when they got no answer, is one entry: the sender's delivery id is the operation id.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import os
import re
import secrets
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional

from aiohttp import web

import lattice

LOG = logging.getLogger("lattice.webhook")

_NAME = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_DELIVERY_HEADERS = ("Idempotency-Key", "X-GitHub-Delivery", "X-Gitlab-Event-UUID", "Webhook-Id")


@dataclass(frozen=True)
class Hook:
    """One hook. With a secret, deliveries must be signed with it (HMAC-SHA256 in ``X-Hub-Signature-256``)."""

    name: str
    secret: Optional[str] = None


@dataclass(frozen=True)
class Config:
    """The config of the daemon, as its descriptor's schema has it."""

    host: str
    port: int
    prefix: str
    hooks: Dict[str, Hook]
    max_bytes: int = 256 * 1024
    headers: List[str] = field(default_factory=lambda: ["Content-Type", "User-Agent", "X-GitHub-Event"])

    @staticmethod
    def parse(values: Mapping[str, Any], service_id: str) -> "Config":
        hooks = {}
        for one in values.get("hooks", []):
            if not _NAME.fullmatch(one["name"]):
                raise ValueError(f"The hook name '{one['name']}' is not lower-case words joined by dots or hyphens.")
            hooks[one["name"]] = Hook(one["name"], one.get("secret"))
        if not hooks:
            raise ValueError("There is no hook in 'hooks': name at least one.")
        return Config(
            host=values.get("host", "127.0.0.1"),
            port=values.get("port", 8088),
            prefix=values.get("prefix", f"/state/{service_id}/hooks"),
            hooks=hooks,
            max_bytes=values.get("maxBytes", 256 * 1024),
        )


class Bridge:
    """The HTTP side."""

    def __init__(self, config: Config, store: lattice.Store):
        self._config = config
        self._store = store

    def application(self) -> web.Application:
        app = web.Application(client_max_size=self._config.max_bytes)
        app.router.add_post("/hooks/{name}", self._receive)
        app.router.add_get("/healthz", self._health)
        return app

    async def _health(self, _: web.Request) -> web.Response:
        try:
            await asyncio.wait_for(self._store.position(), 2)
        except (lattice.LatticeError, asyncio.TimeoutError):
            return web.json_response({"status": "no store"}, status=503)
        return web.json_response({"status": "ok"})

    async def _receive(self, request: web.Request) -> web.Response:
        hook = self._config.hooks.get(request.match_info["name"])
        if hook is None:
            return web.json_response({"error": "There is no such hook."}, status=404)
        # aiohttp answers 413 by itself if it is larger than allowed.
        body = await request.read()
        if hook.secret is not None and not _signed(body, hook.secret, request.headers.get("X-Hub-Signature-256", "")):
            LOG.warning("refused a delivery to %s from %s: its signature is wrong", hook.name, request.remote)
            return web.json_response({"error": "The signature is missing or wrong."}, status=401)
        delivery = next((request.headers[name] for name in _DELIVERY_HEADERS if name in request.headers), None)
        operation = secrets.token_hex(16) if delivery is None else _digest(hook.name, delivery)
        entry = {
            "hook": hook.name,
            "received": int(time.time() * 1000),
            "headers": {name: request.headers[name] for name in self._config.headers if name in request.headers},
            **_readable(body),
        }
        key = f"{self._config.prefix}/{hook.name}/{entry['received']:013d}-{operation[:12]}"
        try:
            receipt = await self._store.put(key, json.dumps(entry), operation_id=operation)
        except lattice.Invalid as e:
            LOG.error("a delivery to %s is refused: %s", hook.name, e)
            if e.reason == "TOO_LARGE":
                return web.json_response({"error": "It is too large to be stored."}, status=413)
            # Of what is stored only the prefix is neither the sender's nor checked.
            return web.json_response({"error": "This bridge's 'prefix' is wrong: its log says how."}, status=500)
        except lattice.Busy:
            return web.json_response({"error": "Too busy. Deliver it again later."}, status=503)
        except lattice.LatticeError as e:
            LOG.error("a delivery to %s was not stored: %s", hook.name, e)
            return web.json_response({"error": "It could not be stored. Deliver it again later."}, status=503)
        return web.json_response({"revision": receipt.position.revision}, status=202)


def _signed(body: bytes, secret: str, signature: str) -> bool:
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _readable(body: bytes) -> Dict[str, Any]:
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


async def run(config: Config, settings: lattice.Settings) -> None:
    """Serves until it is told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with lattice.connect(settings) as store:
        runner = web.AppRunner(Bridge(config, store).application())
        await runner.setup()
        try:
            site = web.TCPSite(runner, config.host, config.port)
            await site.start()
            port = runner.addresses[0][1]
            print(f"ready http://{config.host}:{port}/hooks/", flush=True)
            await store.ready([lattice.Endpoint("http", config.host, port)])
            await stop.wait()
        finally:
            await runner.cleanup()


def main() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        settings = lattice.Settings.from_environment()
        with open(os.environ["LATTICE_CONFIG"], encoding="utf-8") as file:
            config = Config.parse(json.load(file), settings.service_id)
        asyncio.run(run(config, settings))
    except KeyError as e:
        sys.exit(f"{e.args[0]} is missing from the environment or the config.")
    except (ValueError, OSError, lattice.LatticeError) as e:
        sys.exit(str(e))
