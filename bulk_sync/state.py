"""The state folder: where runs and the DNC memory are kept, and private folders that last as long as their process."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_sync.private import make_private

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRATCH = "scratch"


def state_folder() -> Path:
    """Where runs are recorded: `BULK_SYNC_STATE_DIR`, else the platform's state folder."""
    named = os.environ.get("BULK_SYNC_STATE_DIR")
    if named:
        return Path(named).expanduser()
    import platformdirs  # noqa: PLC0415  # only where it is needed

    return platformdirs.user_state_path("bulk-sync", appauthor=False)


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
