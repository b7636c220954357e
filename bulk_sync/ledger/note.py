"""Notes: what was learned of an account for later runs, a text by kind and name. What is lost is learned again.

In the state folder each is a file, for its owner only; in a shared ledger a row.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

from bulk_sync.errors import BulkSyncError
from bulk_sync.ledger.place import SharedLedger
from bulk_sync.private import make_private, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from bulk_sync.ledger.place import Place


class Note(Protocol):
    """A text that is kept; what cannot be read is not there, and what cannot be written is not kept."""

    def read(self) -> str | None:
        """The text; None where there is none."""

    def write(self, text: str) -> None:
        """Keep it, whole."""


def note_at(place: Place, kind: str, name: str) -> Note:
    """The note of a kind under a name."""
    return _SharedNote(place, kind, name) if isinstance(place, SharedLedger) else _LocalNote(place / kind / name)


class _LocalNote:
    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str | None:
        with contextlib.suppress(OSError, ValueError):
            return self._path.read_text("utf-8")
        return None

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            make_private(self._path.parent)
            write_whole(self._path, text)


class _SharedNote:
    def __init__(self, place: SharedLedger, kind: str, name: str) -> None:
        self._place, self._kind, self._name = place, kind, name

    def read(self) -> str | None:
        from bulk_sync.ledger.shared_store import SharedStore  # noqa: PLC0415  # an extra, and only this needs it

        with contextlib.suppress(BulkSyncError):
            return SharedStore(self._place).read_note(self._kind, self._name)
        return None

    def write(self, text: str) -> None:
        from bulk_sync.ledger.shared_store import SharedStore  # noqa: PLC0415  # as above

        with contextlib.suppress(BulkSyncError):
            SharedStore(self._place).write_note(self._kind, self._name, text)
