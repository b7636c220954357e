"""When do two names count as the same? In any case, with any spaces, hyphens and accents, and no further.

Names are a team's own, in any script, so that less may be forgiven than in a header: "Grade A+" is not "Grade A",
"Wave 1-2" is not "Wave 12", and the marks of Indic, Thai or Japanese letters are not accents but letters.
"""

from __future__ import annotations

import unicodedata

CLOSE_ENOUGH = 72
"""Of 100; below it a suggestion is more often wrong than right."""

_GAPS = frozenset({"Zs", "Zl", "Zp", "Pd", "Pc", "Cc"})
"""Categories of spaces, hyphens and underscores."""

_ALIKE = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\N{MINUS SIGN}": "-"})


def spelling(text: str) -> str:
    """`text` as names are compared; a name that is nothing but spaces and hyphens stays as it is."""
    plain = unicodedata.normalize("NFKD", text.translate(_ALIKE)).casefold()
    kept: list[str] = []
    is_apart = False
    for letter in unicodedata.normalize("NFKD", plain):
        category = unicodedata.category(letter)
        if category in _GAPS:
            is_apart = True
        elif not _is_unseen(letter, category):
            if is_apart and letter.isdigit() and kept and kept[-1].isdigit():
                kept.append(" ")  # between two digits a gap tells numbers apart
            kept.append(letter)
            is_apart = False
    return "".join(kept) or text.strip().casefold()


def _is_unseen(letter: str, category: str) -> bool:
    """Whether it is an accent of Latin, Greek or Cyrillic, or says only how others are drawn."""
    return "\u0300" <= letter <= "\u036f" or category == "Cf" or "\ufe00" <= letter <= "\ufe0f"
