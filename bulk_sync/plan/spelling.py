"""The spelling of names: when two count as the same, and which one a wrong one is perhaps a slip of.

Two are the same in any case, with any spaces, hyphens and accents, and no further: names are a team's own, in any
script, so that less may be forgiven than in a header. "Grade A+" is not "Grade A", "Wave 1-2" is not "Wave 12", and the
marks of Indic, Thai or Japanese letters are not accents but letters.

A suggestion is never the opposite of what a cell says, and never one for two. "Inactive" is no slip of active, nor "No
DNC" of DNC; "active, DNC" means neither alone. Suggestions are for people to copy, so in doubt there is none.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CLOSE_ENOUGH = 72
"""Of 100; below it a suggestion is more often wrong than right."""

_GAPS = frozenset({"Zs", "Zl", "Zp", "Pd", "Pc", "Cc"})
"""Categories of spaces, hyphens and underscores."""

OVERLAYS = "\u0334\u0335\u0336\u0337\u0338"
"""What crosses out the letter before it."""

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
    """Whether it is an accent of Latin, Greek or Cyrillic, or says only how others are drawn; no line through them."""
    is_mark = "\u0300" <= letter <= "\u036f" or category == "Cf" or "\ufe00" <= letter <= "\ufe0f"
    return is_mark and letter not in OVERLAYS


_NO = """not no non never without nt isnt arent wasnt dont doesnt didnt cant wont cannot un
    nicht kein keine keinen keiner nie niemals ohne sin nunca jamas ni nao sem nem pas ne sans jamais
    nessun nessuno senza mai geen niet nooit zonder bez ikke inte utan
    x was were former formerly"""
_NEGATIONS = frozenset(_NO.split())
"""Words that turn what stands beside them into its opposite, or cross it out, without accents."""

_PREFIXES = ("not", "nicht", "kein", "non", "no", "in", "im", "il", "ir", "un", "dis", "des", "de", "anti", "ex", "mis")
"""What does the same at the beginning of a word."""

_SAME_WORD = 80
_SLIP = 60
"""Of 100: two words are one, and one word is perhaps a slip of the other."""

_SEPARATOR = re.compile(r"[,;/|+&]|\s-\s|\b(?:and|or|und|oder|y|e|et|ou|o)\b", re.IGNORECASE)
_MOST_COMPARED = 8


def nearest(text: str, names: Iterable[str]) -> str | None:
    """The one of the `names` that `text` is a slip of, if it is close enough to any and says the same."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415  # only a wrong name needs it

    known = {spelling(name): name for name in names}
    near = process.extract(
        spelling(text), list(known), scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH, limit=_MOST_COMPARED
    )
    said = words(text)
    return next((known[found] for found, *_ in near if _says_the_same(said, words(known[found]))), None)


def named(text: str, names: Mapping[str, str]) -> list[str]:
    """What `text` names, if it names several: `names` maps each name, or another of the same, to what it stands for."""
    spelled = {spelling(name): meant for name, meant in names.items()}
    parts = [part for part in map(str.strip, _SEPARATOR.split(text)) if part]
    found = [spelled.get(spelling(part)) or names.get(nearest(part, names) or "") for part in parts]
    found += _spans(words(text), {tuple(words(name)): meant for name, meant in names.items()})
    return list(dict.fromkeys(meant for meant in found if meant is not None))


def _spans(words: Sequence[str], names: Mapping[tuple[str, ...], str]) -> list[str]:
    """The names that stand in these words, the longest first; no word belongs to two."""
    found, at = [], 0
    longest = max(map(len, names), default=0)
    while at < len(words):
        lengths = range(min(longest, len(words) - at), 0, -1)
        length = next((length for length in lengths if tuple(words[at : at + length]) in names), 0)
        if length:
            found.append(names[tuple(words[at : at + length])])
        at += length or 1
    return found


def words(text: str) -> list[str]:
    """The words of a text, without case, accents and apostrophes."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign) and sign not in "'’")
    return re.findall(r"[^\W_]+", kept)


def _ratio(word: str, other: str) -> float:
    """How alike two words are, of 100."""
    from rapidfuzz import fuzz  # noqa: PLC0415  # as above

    return fuzz.ratio(word, other)


def _says_the_same(words: Sequence[str], others: Sequence[str]) -> bool:
    if _negations(words, others) != _negations(others, words):
        return False
    pairs = zip(words, others, strict=True) if len(words) == len(others) else ()
    return all(_ratio(word, other) >= _SLIP for word, other in pairs if _tells(word, other))


def _tells(word: str, other: str) -> bool:
    """Whether two words are long enough to be slips of each other, or figures, which never are."""
    return min(len(word), len(other)) > 2 or (word.isdecimal() and other.isdecimal())


def _negations(words: Sequence[str], others: Sequence[str]) -> int:
    """How many words say no, or are one of the `others` with a no before it."""
    return sum(
        word in _NEGATIONS
        or word in _PREFIXES
        or any(
            _ratio(word.removeprefix(prefix), other) >= max(_SAME_WORD, _ratio(word, other) + 1)
            for prefix in _PREFIXES
            if word.startswith(prefix)
            for other in others
        )
        for word in words
    )
