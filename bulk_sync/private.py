"""Files of our own: readable by their owner only, and whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for its owner only. Raises OSError."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def is_private(path: Path) -> bool:
    """Whether a file is readable by its owner only; where the system has no such permissions (Windows), no."""
    return os.name == "posix" and path.is_file() and not path.stat().st_mode & 0o077


def write_whole(path: Path, text: str) -> None:
    """Put `text` in place of what a file holds, in UTF-8; a reader never sees half of it. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)
