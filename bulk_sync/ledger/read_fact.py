"""The fact that contacts could be read once: of one base URL and profile, kept with the ledgers for later runs.

A read that is refused is an outage where it worked before, however long ago; where it never did, the API does not offer
it. The note holds no address and no key.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bulk_sync.ledger.note import note_at
from bulk_sync.ledger.place import ledger_place
from bulk_sync.model import ReadOk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bulk_sync.model import Answer, Read


class ReadFact:
    """Whether a run has ever read contacts of this API and profile."""

    def __init__(self, base_url: str, profile: str = "", folder: Path | None = None) -> None:
        name = hashlib.sha256(f"{base_url.strip().rstrip('/')}\n{profile}".encode()).hexdigest()[:16]
        self._note = note_at(folder or ledger_place(), "reads", name)
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
