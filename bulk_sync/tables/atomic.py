"""How does a file appear complete or not at all?

It is written beside its final name and moved into place, so a reader never sees half of one, and what was there before
stays until the new file is on the disk.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A path to write to, in the folder of `out`, that becomes `out` when the block ends well.

    If the block raises, the unfinished file is removed and `out` is as it was. A link is followed: its target is
    replaced. An existing file keeps its permissions.

    Raises:
        OSError: the folder cannot be written to, or the disk is full.
    """
    final = Path(os.path.realpath(out))
    unfinished = final.with_name(f".{final.name[:40]}.{secrets.token_hex(6)}.part")
    # Created here and not by the writer, so that its name is ours alone and the user's umask decides who may read it.
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    try:
        yield unfinished
        _settle(unfinished, final)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()


def _settle(unfinished: Path, final: Path) -> None:
    if final.exists():
        unfinished.chmod(stat.S_IMODE(final.stat().st_mode))
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
