"""Notes: what was learned of an account for later runs, a text by kind and name. What is lost is learned again.

In the state folder each is a file, for its owner only; in a shared ledger a row.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

from bulk_sync.errors import BulkSyncError
from bulk_sync.ledger.place import ledger_place
from bulk_sync.ledger.store import store_at
from bulk_sync.model import ReadOk

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.model import Answer, Read


class Note:
    """A text that is kept; what cannot be read is not there, and what cannot be written is not kept."""

    def __init__(self, kind: str, name: str) -> None:
        self._store, self._kind, self._name = store_at(ledger_place()), kind, name

    def read(self) -> str | None:
        """The text; None where there is none."""
        with contextlib.suppress(OSError, ValueError, BulkSyncError):
            return self._store.read_note(self._kind, self._name)
        return None

    def write(self, text: str) -> None:
        """Keep it, whole."""
        with contextlib.suppress(OSError, BulkSyncError):
            self._store.write_note(self._kind, self._name, text)


class ReadFact:
    """Whether a run has ever read contacts of this API (a base URL) and profile; the note holds no address and no key.

    A read that is refused is an outage where it worked before, however long ago; where it never did, the API does not
    offer it.
    """

    def __init__(self, base_url: str, profile: str | None) -> None:
        name = hashlib.sha256(f"{base_url.strip().rstrip('/')}\n{profile or ''}".encode()).hexdigest()[:16]
        self._note = Note("reads", name)
        self._is_noted = False

    @property
    def is_known(self) -> bool:
        """Whether one has."""
        return self._note.read() is not None

    def note(self) -> None:
        """One has; where that cannot be written, the next run does not know it."""
        if not self._is_noted and not self.is_known:
            self._note.write("Contacts of this API could be read.\n")
        self._is_noted = True  # a shared ledger is not asked again at every page

    def witness(self, read: Read, read_page: Callable[[object], object | None]) -> Read:
        """The same way to read, of which this notes that contacts were read, for whatever reason.

        `read_page` makes None of what is no page of contacts: an API that knows none may answer 200 with anything else.
        """

        async def witnessed(path: str) -> Answer:
            answer = await read(path)
            if path.startswith("/contacts?") and isinstance(answer, ReadOk) and read_page(answer.value) is not None:
                self.note()
            return answer

        return witnessed
