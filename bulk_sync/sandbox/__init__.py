"""The contacts API, embedded: a demo server, a test double, and the documentation of what can go wrong.

`running` serves it for as long as a `with` block lasts; `bulk-sync sandbox` serves it until it is told to stop. What
it does is what the vendor's pages and the contract say: `openapi.yaml` holds the form of requests and answers,
`operations` what is done for each, `rules` what that does to a contact.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from bulk_sync.errors import BulkSyncError
from bulk_sync.sandbox.limits import Rate
from bulk_sync.sandbox.rules import SandboxContact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import ModuleType

    from bulk_sync.sandbox.serving import Running

__all__ = ["Rate", "SandboxContact", "SandboxMissing", "SandboxOptions", "running"]

REAL_WRITES = Rate(30, 60.0)
REAL_READS = Rate(100, 60.0)
"""What the vendor allows a key."""

DEMO_WRITES = Rate(30, 1.0)
DEMO_READS = Rate(100, 1.0)
"""The real limits per second instead of per minute, so that a demo does not wait."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """What `bulk-sync sandbox` can be told. Lengths of time are in seconds.

    `key` is made up where it is None. `db` is a file that keeps the state; None keeps it in memory. `put_bucket`: PUT
    counts with the other writes or by itself, since the vendor's table of limits does not name it. `retry_after`: where
    a 429 says how long to wait, in `Retry-After` or in the body's `retryAfter`. `reset_skew` is how far the clock of
    the rate limit's reset is ahead of the clock of `Date`. `faults` maps names of `responses.FAULTS` to shares from 0
    to 1. `revoke_after` and `down_after` are numbers of requests.
    """

    key: str | None = field(default=None, repr=False)
    db: str | None = None
    limiter: Literal["fixed", "sliding", "bucket", "none"] = "fixed"
    writes: Rate = DEMO_WRITES
    reads: Rate = DEMO_READS
    put_bucket: Literal["shared", "own"] = "shared"
    retry_after: Literal["both", "header", "body", "none"] = "both"
    reset_skew: float = 0.0
    faults: Mapping[str, float] = field(default_factory=dict)
    latency: float = 0.0
    revoke_after: int | None = None
    down_after: int | None = None
    clock_skew: float = 0.0
    seed: int | None = None


class SandboxMissing(BulkSyncError):
    """The packages that the sandbox's server needs are not installed."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__("The sandbox is not installed; install it with: pip install 'bulk-sync[sandbox]'")


@contextmanager
def running(
    *,
    contacts: Iterable[SandboxContact] | None = None,
    options: SandboxOptions | None = None,
    clock: Callable[[], float] | None = None,
) -> Iterator[Running]:
    """Serve the contacts API on a free port of 127.0.0.1 while the `with` block lasts.

    Yields its `url`, its `key` and its `store`. `contacts` are the built-in ones where None. `clock` gives seconds
    since the epoch; None is the machine's. Prints nothing, handles no signals, and stops when the block is left,
    however that happens. Raises SandboxMissing where the extra `sandbox` is not installed.
    """
    with server_module().running(contacts, options or SandboxOptions(), clock) as served:
        yield served


def server_module() -> ModuleType:
    """The module that runs the server, imported only when one is wanted. Raises SandboxMissing."""
    try:
        return import_module("bulk_sync.sandbox.serving")
    except ModuleNotFoundError as error:
        raise SandboxMissing from error
