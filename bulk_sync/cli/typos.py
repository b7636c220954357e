"""Mistyped words: commands and files that there are not, and what was probably meant."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput
from bulk_sync.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MOST_FILES = 10_000
"""Names in a folder that are compared with a mistyped one."""


def check_first_word(words: Sequence[str], commands: Collection[str]) -> None:
    """Do nothing where the first word may be a file. Raises BadInput for a mistyped command."""
    word = words[0]
    if word == "-" or os.path.lexists(word):
        return
    command = nearest(word, commands)
    if command is not None and (len(words) > 1 or not _near_file(word)):
        meant = shlex.join(["bulk-sync", command, *words[1:]])
        raise BadInput(f"{word} is not a command, and there is no file with that name. Did you mean: {meant}")


def check_file(name: str) -> None:
    """Do nothing where there is a file of that name. Raises BadInput, with the name that was probably meant."""
    if name == "-" or os.path.lexists(name):
        return
    near = _near_file(name)
    advice = f"Did you mean {near}?" if near else f"Check the name and the folder ({Path(name).absolute().parent})."
    raise BadInput(f"There is no file {name}. {advice}")


def _near_file(name: str) -> str | None:
    """A file beside it with a name much like it."""
    path = Path(name)
    try:
        with os.scandir(path.parent) as found:
            names = [each.name for _, each in zip(range(MOST_FILES), found, strict=False) if each.is_file()]
    except (OSError, ValueError):
        return None
    near = nearest(path.name, names)
    return None if near is None else str(path.parent / near)
