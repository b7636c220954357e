"""Is the file still the one that was opened?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What changes when a file is written to or replaced: its size, the times of its last change (ns), its identity.

    `touched` is the system's own word, which nobody can set back as they can `changed` (on Windows it says nothing).
    """

    size: int
    changed: int
    inode: int
    touched: int

    @classmethod
    def of(cls, path: Path) -> Fingerprint:
        """The fingerprint of the file as it is now."""
        found = path.stat()
        return cls(found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)

    def check(self, path: Path) -> None:
        """Do nothing if the file is the same.

        Raises:
            BadInput: it changed, or is gone.
        """
        try:
            same = Fingerprint.of(path) == self
        except OSError:
            same = False
        if not same:
            raise BadInput(
                f"{path.name} changed while it was being read; wait until whatever writes it is done, then start again."
            )
