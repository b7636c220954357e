"""The place of ledgers: the state folder of this computer, or a database that many computers share (`--ledger`)."""

from __future__ import annotations

import contextlib
import os
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import SplitResult, urlsplit

from bulk_sync.errors import BadConfiguration
from bulk_sync.state import state_folder
from bulk_sync.toml_files import own_settings, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "BULK_SYNC_LEDGER"


@dataclass(frozen=True, slots=True)
class SharedLedger:
    """A PostgreSQL database. As text it is its address without name, password and what else may be secret in it."""

    address: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises BadConfiguration for what is no such address; it may hold a password, so that it is not repeated."""
        try:
            parts = urlsplit(text.strip())
            is_one = parts.scheme in {"postgresql", "postgres"} and len(parts.path) > 1 and _is_unmistakable(parts)
        except ValueError:
            is_one = False
        if not is_one:
            raise BadConfiguration(
                "The ledger's address cannot be used. Nothing was sent. Write it like "
                "postgresql://user:password@server/database; in a password, @ is %40, / is %2F, # is %23, ? is %3F."
            )
        return cls(text.strip())

    @property
    def has_password(self) -> bool:
        """Whether a password stands in the address."""
        parts = urlsplit(self.address)
        return ":" in parts.netloc.rpartition("@")[0] or "password" in parts.query.lower()

    def __str__(self) -> str:
        parts = urlsplit(self.address)
        return f"postgresql://{_server(parts)}{parts.path}"


def _is_unmistakable(parts: SplitResult) -> bool:
    """Whether no part of a password could stand where the server or the database is named. Raises as `_server`."""
    _server(parts)
    return "@" not in parts.netloc.partition("@")[2] + parts.path + parts.fragment


def _server(parts: SplitResult) -> str:
    """The servers and ports of an address. Raises ValueError where a port is none."""
    servers = parts.netloc.rpartition("@")[2]
    for each in servers.split(","):
        port = each.rpartition("]")[2].partition(":")[2]
        if port and not port.isdecimal():
            raise ValueError(port)
    return servers


Place = Path | SharedLedger

_GIVEN: ContextVar[Place | None] = ContextVar("ledger", default=None)


@contextlib.contextmanager
def ledgers_at(address: str | None) -> Iterator[None]:
    """In this thread or task, and what it starts, ledgers are there while this lasts; None: where they were.

    Raises BadConfiguration.
    """
    token = _GIVEN.set(SharedLedger.parse(address) if address else _GIVEN.get())
    try:
        yield
    finally:
        _GIVEN.reset(token)


def shared_place() -> SharedLedger:
    """The shared ledger. Raises BadConfiguration where none is set."""
    if isinstance(place := ledger_place(), SharedLedger):
        return place
    raise BadConfiguration(
        "This needs a shared ledger, and none is set. Set BULK_SYNC_LEDGER to its address, like "
        'postgresql://user:password@server/database, or put ledger = "…" into your own settings.'
    )


def ledger_place() -> Place:
    """Where ledgers are: as `ledgers_at` said, else by the environment, the user's own settings, in the state folder.

    Raises BadConfiguration where an address is given that is none.
    """
    if (given := _GIVEN.get()) is not None:
        return given
    if text := os.environ.get(VARIABLE):
        return SharedLedger.parse(text)
    if (found := read_toml(own_settings()).get("ledger")) is None:
        return state_folder()
    if not isinstance(found.value, str):
        raise BadConfiguration(f"{found.place}: ledger must be an address in quotes.")
    return SharedLedger.parse(found.value)
