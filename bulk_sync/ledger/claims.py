"""Claims: who works on a file at this moment, and which run was the last to.

One lock per input, held by the operating system for as long as the process lives: it cannot be left behind. Beside it
stands in words who holds it, and which run it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, Self

from bulk_sync.errors import AlreadyRunning
from bulk_sync.private import make_private, write_whole

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from filelock import FileLock

    from bulk_sync.ledger.outage import Outage
    from bulk_sync.ledger.session import Session


class AnyClaim(Protocol):
    """The right to sync an input, for as long as this context lasts. Raises AlreadyRunning where another has it."""

    @property
    def is_sure(self) -> bool:
        """Whether nobody else can have it."""

    @property
    def is_taken(self) -> bool:
        """Whether another has it at this moment."""

    @property
    def last_run(self) -> str | None:
        """The run that had it last, if there was one."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def by(self, run: str) -> None:
        """Note which run has it now."""

    @property
    def outage(self) -> Outage | None:
        """Whether it can be known at this moment who has it; None: always."""

    def check(self) -> None:
        """Do nothing while it is held. Raises LeaseLost where another one has taken it meanwhile."""

    def guard(self, session: Session) -> None:
        """Hold it within a transaction, so that nobody takes it meanwhile. Raises LeaseLost."""


class Claim:
    """The right to sync an input, for as long as this context lasts.

    `subject` names the input: its resolved path, or the run that goes on where it came from standard input. Raises
    AlreadyRunning where another process has it. Where the state folder knows no locks (some network drives), everybody
    gets it, and `is_sure` is false.
    """

    def __init__(self, folder: Path, subject: str) -> None:
        digest = hashlib.sha256(subject.encode(errors="surrogatepass")).hexdigest()[:32]
        self._subject = subject
        self._note_path = folder / "claims" / f"{digest}.json"
        self.is_sure = True

    @cached_property
    def _lock(self) -> FileLock:
        from filelock import FileLock  # noqa: PLC0415  # who only asks for the last run need not wait for it

        return FileLock(self._note_path.with_suffix(".lock"), timeout=0, mode=0o600)

    def __enter__(self) -> Self:
        from filelock import Timeout  # noqa: PLC0415  # as above

        try:
            make_private(self._note_path.parent)
            self._lock.acquire()
        except Timeout:
            note = self._note()
            whose = f" (run {note['run']}, process {note['process']})" if note else ""
            raise AlreadyRunning(
                f"Another run is syncing {self._subject} at this moment{whose}. Wait until it ends, or stop it first."
            ) from None
        except (OSError, NotImplementedError):
            self.is_sure = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_sure:
            self._lock.release()

    @property
    def is_taken(self) -> bool:
        """Whether another process has it at this moment."""
        from filelock import Timeout  # noqa: PLC0415  # as above

        try:
            with self._lock:
                return False
        except Timeout:
            return True
        except (OSError, NotImplementedError):
            return False

    @property
    def last_run(self) -> str | None:
        """The run that claimed this input last, if there was one."""
        return self._note().get("run")

    def by(self, run: str) -> None:
        """Note which run has it now."""
        with contextlib.suppress(OSError):  # only words are lost by that
            note = {"process": os.getpid(), "run": run, "input": self._subject}
            write_whole(self._note_path, json.dumps(note))

    @property
    def outage(self) -> None:
        """See AnyClaim."""
        return None

    def check(self) -> None:
        """See AnyClaim: it is held as long as the process lives."""

    def guard(self, session: Session) -> None:
        """See AnyClaim."""

    def _note(self) -> dict[str, Any]:
        """Which process claimed the input, and which run was its last; empty where nobody knows."""
        try:
            note = json.loads(self._note_path.read_text("utf-8"))
            return note if {"process", "run"} <= note.keys() else {}
        except (OSError, ValueError, AttributeError):
            return {}
