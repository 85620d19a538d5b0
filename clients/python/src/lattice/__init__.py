"""The store of a Lattice node, for daemons written in Python.

    async with lattice.connect() as store:
        await store.put("/state/org.example.bridge/today", b"fine")
        async for change in store.watch("/notes"):
            print(change.key, change.value)
"""

from ._errors import (
    Busy,
    Compacted,
    Denied,
    Invalid,
    LatticeError,
    LogChanged,
    TooSlow,
    Unauthenticated,
    Unavailable,
)
from ._store import Settings, Store, connect
from ._values import (
    Applied,
    Change,
    Delete,
    Endpoint,
    Entry,
    HistoryEntry,
    NoEffect,
    Position,
    Put,
    Receipt,
    Refused,
    Version,
)

__all__ = [
    "Applied",
    "Busy",
    "Change",
    "Compacted",
    "Delete",
    "Denied",
    "Endpoint",
    "Entry",
    "HistoryEntry",
    "Invalid",
    "LatticeError",
    "LogChanged",
    "NoEffect",
    "Position",
    "Put",
    "Receipt",
    "Refused",
    "Settings",
    "Store",
    "TooSlow",
    "Unauthenticated",
    "Unavailable",
    "Version",
    "connect",
]
