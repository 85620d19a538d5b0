import os

import pytest

import lattice


def pytest_collection_modifyitems(items):
    if not os.environ.get("LATTICE_SOCKET"):
        skip = pytest.mark.skip(reason="LATTICE_SOCKET is not set: these tests need a node; lattice.rpc's tests run them with one")
        for item in items:
            item.add_marker(skip)


@pytest.fixture
async def store():
    async with lattice.connect() as connected:
        async for entry in connected.scan("/t"):
            await connected.delete(entry.key)
        yield connected
