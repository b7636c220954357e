"""What does a cell that cannot be used turn into?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bulk_sync.errors import Code


@dataclass(frozen=True, slots=True)
class Rejection:
    """Row trouble, as a value: a code, and a sentence without its subject (`"12" has too few digits; …`)."""

    code: Code
    why: str


def quoted(text: str, most: int = 40) -> str:
    """A cell's text as a message shows it: in quotes, on one line, cut at `most` characters, nothing unprintable."""
    flat = " ".join(text.split())
    shown = flat
    if not flat.isprintable():
        shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in flat)
    return f'"{shown[: most - 1]}…"' if len(shown) > most else f'"{shown}"'
