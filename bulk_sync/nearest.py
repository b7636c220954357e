"""The nearest of the words that are known to one that is not: what was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ALIKE = 0.7
"""How much two words share (0 to 1, as difflib counts) before one is taken for the other."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of the known words that was probably meant, whatever the case; None where none is much like it."""
    from difflib import get_close_matches  # noqa: PLC0415  # only a wrong word needs it

    by_lower = {each.casefold(): each for each in known}
    found = get_close_matches(word.casefold(), by_lower, n=1, cutoff=ALIKE)
    return by_lower[found[0]] if found else None
