"""How does a run begin and end to take part? With this computer's clocks, timers and files, in an asyncio loop."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from typing import TYPE_CHECKING

from bulk_sync.send.sharing.common_file import CommonFile, boot
from bulk_sync.send.sharing.handover import Here
from bulk_sync.send.sharing.shared_budget import SharedBudget, Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bulk_sync.send.rate import Rate


@contextlib.contextmanager
def shared(
    folder: Path,
    base_url: str,
    key: str,
    kind: str,
    tell: Callable[[str], None],
    *,
    ceiling: Rate | None,
    assumed: Rate,
    most_in_flight: int,
) -> Iterator[SharedBudget]:
    """The budget of one `kind` of requests ("writes", "reads") of a key, shared by all runs that name the same folder.

    To be used in a running event loop. `tell` hears, once each, that another run is there, and that sharing fails.
    """
    loop, boot_id = asyncio.get_running_loop(), boot()
    around = Surroundings(lambda: Here(loop.time(), time.time(), boot_id), loop.call_at, tell)
    budget = SharedBudget(
        CommonFile(folder, base_url, key, kind),
        secrets.token_hex(4),
        around,
        ceiling=ceiling,
        assumed=assumed,
        most_in_flight=most_in_flight,
    )
    try:
        yield budget
    finally:
        budget.close(time.sleep)
