"""The file that was given: its bytes, and whether it is still the one that was opened.

A file is read several times: to find out its encoding, its delimiter and its header, to count, to plan. A small one is
read from the disk (or the network) once.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from bulk_sync.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = 64 * 1024
"""Bytes that tell what kind of file it is."""

BLOCK = 1 << 20
"""Bytes that are looked at together; a file of fewer stays in memory."""

_LONGEST_LINE = 16 << 20
"""Bytes: more than a hundred of the longest cells that are read."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as it was when it was opened: its `head`, and all of it (`content`) where it is small.

    `stamp` changes when it is written to or replaced: its size, the times of its last change (ns), its identity. Nobody
    can set back the system's own word of a change (`st_ctime`) as they can the other (on Windows it says nothing).
    """

    path: Path
    stamp: tuple[int, int, int, int]
    head: bytes = field(repr=False)
    content: bytes | None = field(repr=False)

    @classmethod
    def at(cls, path: Path) -> InputFile:
        """The file at this place. Raises BadInput where there is none, or none that can be read."""
        try:
            stamp = _stamp(path)
            with path.open("rb") as file:
                data = file.read(BLOCK)
            return cls(path, stamp, data[:HEAD], data if len(data) < BLOCK else None)
        except FileNotFoundError:
            raise BadInput(f"There is no file {path}; check the name and the folder.") from None
        except IsADirectoryError:
            raise BadInput(f"{path} is a folder; name the file in it.") from None
        except PermissionError:
            # Windows says the same of a folder.
            if path.is_dir():
                raise BadInput(f"{path} is a folder; name the file in it.") from None
            raise BadInput(f"{path} may not be read; close it elsewhere, or ask for permission to read it.") from None
        except (OSError, ValueError) as error:
            raise BadInput(f"{path} cannot be read ({error}); copy it to this computer and try again.") from None

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.stamp[0]

    def open(self) -> BinaryIO:
        """All of it, to be read anew."""
        return self.path.open("rb") if self.content is None else io.BytesIO(self.content)

    def check(self) -> None:
        """Raises BadInput where the file has changed since, or is gone."""
        try:
            same = _stamp(self.path) == self.stamp
        except OSError:
            same = False
        if not same:
            raise BadInput(
                f"{self.path.name} changed while it was being read; wait until whatever writes it is done, then start "
                "again."
            )

    def blocks(self, skip: int = 0) -> Iterator[tuple[bytes, bool]]:
        """The file's bytes from `skip` on, a megabyte at a time; True with the last (perhaps empty) of them.

        Raises BadInput where a line is too long to be a row; whoever reads lines would hold it in memory.
        """
        line = 0
        with self.open() as file:
            file.seek(skip)
            while block := file.read(BLOCK):
                ends = max(block.rfind(b"\n"), block.rfind(b"\r"))
                line = line + len(block) if ends < 0 else len(block) - ends
                if line > _LONGEST_LINE:
                    raise BadInput(
                        f"{self.path.name} has a line of more than {_LONGEST_LINE >> 20} MB, which is not a row of a "
                        "table; check that it is the right file."
                    )
                yield block, False
        yield b"", True


def _stamp(path: Path) -> tuple[int, int, int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns
