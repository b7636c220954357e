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
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from bulk_sync.errors import AlreadyRunning
from bulk_sync.state import make_private, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from filelock import FileLock

    from bulk_sync.ledger.leases import Lease
    from bulk_sync.ledger.session import Session

AnyClaim: TypeAlias = "Claim | Lease"
"""The right to sync an input: that of a run on this computer, or of one whose ledger is shared."""


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
        self.is_sure = True  # nobody else can have it
        self.outage = None  # who has it can be known at every moment

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

    def __exit__(self, *_: object) -> None:
        if self.is_sure:
            self._lock.release()

    @property
    def is_taken(self) -> bool:
        """Whether another process has it at this moment."""
        try:
            with self:
                return False
        except AlreadyRunning:
            return True

    @property
    def last_run(self) -> str | None:
        """The run that claimed this input last, if there was one."""
        return self._note().get("run")

    def by(self, run: str) -> None:
        """Note which run has it now."""
        with contextlib.suppress(OSError):  # only words are lost by that
            note = {"process": os.getpid(), "run": run, "input": self._subject}
            write_whole(self._note_path, json.dumps(note))

    def check(self) -> None:
        """Do nothing: unlike a lease, it is held as long as the process lives."""

    def guard(self, session: Session) -> None:
        """Do nothing, as `check`."""

    def _note(self) -> dict[str, Any]:
        """Which process claimed the input, and which run was its last; empty where nobody knows."""
        try:
            note = json.loads(self._note_path.read_text("utf-8"))
            return note if {"process", "run"} <= note.keys() else {}
        except (OSError, ValueError, AttributeError):
            return {}
