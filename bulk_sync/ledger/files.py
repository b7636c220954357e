"""The files beside the record of a run: the copy of its input, and what the report of a run needs.

People edit their sheets while hours go by, so a run that is unfinished goes by its copy.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING, Protocol

from bulk_sync.errors import BadConfiguration
from bulk_sync.private import write_whole
from bulk_sync.state import scratch_folder, state_folder

if TYPE_CHECKING:
    from pathlib import Path

    from bulk_sync.ledger.postgres import PostgresSession


RESULTS = "results"


class Files(Protocol):
    """What is kept beside a record."""

    @property
    def folder(self) -> Path:
        """Where this computer keeps what concerns nobody else."""

    @property
    def input(self) -> Path | None:
        """The copy of the input; it is there as long as these files are open."""

    def keep(self, path: Path) -> Path:
        """Keep a copy of an input, durably; where it is. Raises BadConfiguration."""

    def drop_input(self) -> None:
        """Let go of the copy."""

    def read(self, name: str) -> str | None:
        """A text that was written; None where there is none that can be read."""

    def write(self, name: str, text: str) -> None:
        """Write a text, whole or not at all. Raises OSError where it cannot be written here."""

    def keep_results(self, path: Path) -> None:
        """Keep complete results, for whoever asks for them on another computer."""

    def close(self) -> None:
        """Let go of them."""


class LocalFiles:
    """Those of a run that is recorded on this computer: beside its record, for their owner only. See Files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def input(self) -> Path | None:
        """See Files."""
        return next(self.folder.glob("input*"), None)

    def keep(self, path: Path) -> Path:
        """See Files."""
        copy, unfinished = self.folder / f"input{path.suffix}", self.folder / "unfinished-copy"
        try:
            unfinished.touch(mode=0o600)
            with path.open("rb") as source, unfinished.open("wb") as target:
                shutil.copyfileobj(source, target)
                target.flush()
                os.fsync(target.fileno())
            unfinished.replace(copy)
        except OSError as error:
            raise BadConfiguration(
                f"A copy of the input cannot be kept in {self.folder} ({error.strerror}), so nothing was sent. "
                "Free some space, or set BULK_SYNC_STATE_DIR to another folder."
            ) from None
        return copy

    def drop_input(self) -> None:
        """See Files. Raises OSError."""
        if (copy := self.input) is not None:
            copy.unlink(missing_ok=True)

    def read(self, name: str) -> str | None:
        """See Files."""
        with contextlib.suppress(OSError, UnicodeError):
            return (self.folder / name).read_text(encoding="utf-8")
        return None

    def write(self, name: str, text: str) -> None:
        """See Files."""
        write_whole(self.folder / name, text)

    def keep_results(self, path: Path) -> None:
        """See Files: here, they are where they were asked for."""

    def close(self) -> None:
        """See Files."""


class SharedFiles:
    """Those of a run in a shared ledger. The copy of the input is written here where somebody asks. See Files."""

    def __init__(self, session: PostgresSession) -> None:
        self._session, self._here = session, contextlib.ExitStack()
        self._input: Path | None = None

    @property
    def folder(self) -> Path:
        """See Files."""
        return state_folder()

    @property
    def input(self) -> Path | None:
        """See Files."""
        if self._input is None:
            found = self._session.execute(_INPUT).fetchone()
            if found is not None:
                self._input = self._here.enter_context(scratch_folder()) / found[0]
                self._input.touch(mode=0o600)
                self._input.write_bytes(found[1])
        return self._input

    def keep(self, path: Path) -> Path:
        """See Files."""
        try:
            body = path.read_bytes()
        except OSError as error:
            raise BadConfiguration(f"{path} cannot be read: {error.strerror}. Nothing was sent.") from None
        self._put(f"input{path.suffix}", body)
        return self.input or path

    def drop_input(self) -> None:
        """See Files."""
        self._session.execute(_DROP_INPUT)

    def read(self, name: str) -> str | None:
        """See Files."""
        found = self._session.execute(_READ, (name,)).fetchone()
        return None if found is None else bytes(found[0]).decode("utf-8", "replace")

    def write(self, name: str, text: str) -> None:
        """See Files."""
        self._put(name, text.encode("utf-8", "replace"))

    def keep_results(self, path: Path) -> None:
        """See Files."""
        self._put(RESULTS, path.read_bytes())

    def results(self) -> bytes | None:
        """The results that were kept."""
        found = self._session.execute(_READ, (RESULTS,)).fetchone()
        return None if found is None else bytes(found[0])

    def _put(self, name: str, body: bytes) -> None:
        self._session.execute("INSERT OR REPLACE INTO file (name, body) VALUES (?, ?)", (name, body))

    def close(self) -> None:
        """See Files."""
        self._here.close()


_OWN = "FROM file WHERE ledger = current_setting('bulk_sync.ledger')::bigint"
_INPUT = f"SELECT name, body {_OWN} AND name LIKE 'input%%'"
_DROP_INPUT = f"DELETE {_OWN} AND name LIKE 'input%%'"
_READ = f"SELECT body {_OWN} AND name = ?"
