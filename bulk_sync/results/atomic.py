"""How does a file appear complete or not at all?

It is written beside its final name and moved into place, so a reader never sees half of one, and what was there before
stays until the new file is on the disk.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PRIVATE = 0o700
"""Of a file's permissions, those of its owner."""

_LEFT = re.compile(r"([0-9]+)-[0-9a-f]{12}\.part")

_OURS: set[str] = set()
"""Names of unfinished files that this very process is writing."""


@contextmanager
def replacing(
    out: Path, *, private: bool = False, on_complete: Callable[[Path], None] = lambda _: None
) -> Iterator[Path]:
    """A path to write to, in the folder of `out`, that becomes `out` when the block ends well.

    If the block raises, the unfinished file is removed and `out` is as it was. A link is followed: its target is
    replaced. An existing file keeps its permissions, but what is `private` is its owner's only. `on_complete` hears of
    the complete file before it is moved. What a process that was killed left unfinished is removed.

    Raises:
        OSError: the folder cannot be written to, or the disk is full.
    """
    final = Path(os.path.realpath(out))
    stem = f".{final.name[:40]}."
    _remove_what_was_left(final.parent, stem)
    unfinished = final.with_name(f"{stem}{os.getpid()}-{secrets.token_hex(6)}.part")
    # Created here and not by the writer, so that its name is ours alone and the user's umask decides who may read it.
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666))
    _OURS.add(unfinished.name)
    try:
        yield unfinished
        on_complete(unfinished)
        _settle(unfinished, final, private=private)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
        _OURS.discard(unfinished.name)


def _remove_what_was_left(folder: Path, stem: str) -> None:
    """Remove the unfinished files of processes that are no more."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            left = _LEFT.fullmatch(entry.name.removeprefix(stem)) if entry.name.startswith(stem) else None
            if left is not None and entry.name not in _OURS and _is_no_more(int(left[1])):
                with suppress(OSError):
                    os.unlink(entry.path)  # noqa: PTH108 -- an entry's path is text


def _is_no_more(process: int) -> bool:
    """Whether the process that wrote a file is gone. Our own number was another's before us: in a container, often.

    Where the system cannot tell without harm (Windows), it is not.
    """
    if process == os.getpid():
        return True
    try:
        if os.name == "posix":
            os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _settle(unfinished: Path, final: Path, *, private: bool) -> None:
    if final.exists():
        kept = stat.S_IMODE(final.stat().st_mode)
        unfinished.chmod(kept & PRIVATE if private else kept)
    # A writable handle: Windows flushes no other.
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.replace(final)
    if os.name == "posix":
        # Without this, a power cut may leave the folder pointing at the old file.
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
