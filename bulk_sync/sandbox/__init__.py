"""The contacts API, embedded: a demo server, a test double, and the documentation of what can go wrong.

`running` serves it for as long as a `with` block lasts; `bulk-sync sandbox` serves it until it is told to stop. What
it does is what the vendor's pages and the contract say: `rules` holds the behaviour, `operations` lists what there is.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from bulk_sync.errors import BulkSyncError
from bulk_sync.sandbox.limits import Rate
from bulk_sync.sandbox.options import SandboxOptions
from bulk_sync.sandbox.records import SandboxContact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from bulk_sync.sandbox.serving import Running

_DEMO = SandboxOptions()

__all__ = ["Rate", "SandboxContact", "SandboxMissing", "SandboxOptions", "running"]


class SandboxMissing(BulkSyncError):
    """The packages that the sandbox's server needs are not installed."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__("The sandbox is not installed; install it with: pip install 'bulk-sync[sandbox]'")


@contextmanager
def running(
    *,
    contacts: Iterable[SandboxContact] | None = None,
    options: SandboxOptions = _DEMO,
    clock: Callable[[], float] | None = None,
) -> Iterator[Running]:
    """Serve the contacts API on a free port of 127.0.0.1 while the `with` block lasts.

    Yields its `url`, its `key` and its `store`. `contacts` are the built-in ones where None. `clock` gives seconds
    since the epoch; None is the machine's. Prints nothing, handles no signals, and stops when the block is left,
    however that happens. Raises SandboxMissing where the extra `sandbox` is not installed.
    """
    with server_module().running(contacts, options, clock) as served:
        yield served


def server_module() -> ModuleType:
    """The module that runs the server, imported only when one is wanted. Raises SandboxMissing."""
    try:
        return import_module("bulk_sync.sandbox.serving")
    except ModuleNotFoundError as error:
        raise SandboxMissing from error
