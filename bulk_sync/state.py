"""The state folder, where runs and the DNC memory are kept, and other files of our own.

They are readable by their owner only, and whole or not at all; a scratch folder lasts as long as its process.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_sync.toml_files import own_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRATCH = "scratch"


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for its owner only. Raises OSError."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def is_private(path: Path) -> bool:
    """Whether a file is readable by its owner only; where the system has no such permissions (Windows), no."""
    return os.name == "posix" and path.is_file() and not path.stat().st_mode & 0o077


def write_whole(path: Path, text: str) -> None:
    """Put `text` in place of what a file holds, in UTF-8; a reader never sees half of it. Raises OSError.

    A link is followed: its target is replaced.
    """
    path = Path(os.path.realpath(path))
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)  # a killed process has left it, or it is a link that somebody laid there
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(text)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def state_folder() -> Path:
    """Where runs are recorded: `BULK_SYNC_STATE_DIR`, else the platform's state folder."""
    named = os.environ.get("BULK_SYNC_STATE_DIR")
    if named:
        return Path(named).expanduser()
    return own_folder("user_state_path")


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for its owner only, removed when this ends; what a killed process has left is removed by the next.

    Where nothing can be written to the state folder, it is one of the system's temporary folders, which stays behind
    if the process is killed. Raises OSError where that cannot be had either.
    """
    from filelock import FileLock  # noqa: PLC0415  # few commands need a folder

    folder = state_folder() / _SCRATCH
    with contextlib.ExitStack() as stack:
        try:
            make_private(folder)
            _remove_abandoned(folder)
            own = folder / secrets.token_hex(8)
            lock = FileLock(own.with_suffix(".lock"))
            stack.enter_context(lock)
            own.mkdir(mode=0o700)
        except OSError:
            stack.close()
            yield Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="bulk-sync-", ignore_cleanup_errors=True))
            )
            return
        try:
            yield own
        finally:
            shutil.rmtree(own, ignore_errors=True)
            if os.name == "posix":  # elsewhere nobody can remove what is open: the next process does
                Path(lock.lock_file).unlink(missing_ok=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove the folders whose process is gone: nobody holds the lock beside them."""
    from filelock import FileLock, Timeout  # noqa: PLC0415  # as above

    for path in folder.glob("*.lock"):
        with contextlib.suppress(Timeout, OSError), FileLock(path, timeout=0):
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            path.unlink(missing_ok=True)
