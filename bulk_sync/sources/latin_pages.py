"""Which Latin code page is this text in?

Western and Central European code pages give every byte some meaning, so text of one always decodes under another, only
to nonsense: "Dvořák" (Windows-1250) becomes "Dvoøák" (Windows-1252), "José" (Mac) becomes "JosŽ". What tells them apart
is that a word keeps to the alphabet of one language. Each word votes; Windows-1252 wins a tie.

Statistical detectors need long prose for this. Spreadsheets hold short names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WESTERN = (
    "áéíóúüñ",  # Spanish, Irish
    "áâãàçéêíóôõúü",  # Portuguese
    "àâæçéèêëîïôœùûüÿ",  # French
    "äöüßéè",  # German
    "àáèéìíîòóùú",  # Italian
    "åäöéü",  # Swedish, Finnish
    "æøåéêóòâôäöü",  # Danish, Norwegian
    "áéíóúýðþæö",  # Icelandic
    "àçèéíïòóúü",  # Catalan
    "áéíóúëïöüèê",  # Dutch
)
_CENTRAL = (
    "ąćęłńóśźż",  # Polish
    "áäčďéěíĺľňóôŕřšťúůýž",  # Czech, Slovak
    "áéíóöőúüű",  # Hungarian
    "ăâîşţșț",  # Romanian
    "čćđšž",  # Croatian, Slovene, Bosnian
    "äöüßé",  # German
)
_TURKISH = ("çğıöşüâîû\u0307",)  # the dot that lower-casing İ leaves
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž")

ALPHABETS = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "cp1254": _TURKISH,
    "mac-roman": _WESTERN,
    "cp850": _WESTERN,
    "iso8859-2": _CENTRAL,
    "cp1257": _BALTIC,
    "cp852": _CENTRAL,
    "cp857": _TURKISH,
    "mac-latin2": _CENTRAL,
}
"""Code page → the non-ASCII letters of each language written in it. In order of preference."""

_AFTER_A_LETTER = frozenset("’‘”»ºª°®™…·²\xb4\xa0")
_BEFORE_A_LETTER = frozenset("’‘“„«¿¡·\xa0")
_COMMON_SIGNS = _AFTER_A_LETTER | _BEFORE_A_LETTER | frozenset("€£¥¢§©±²³½¼¾•\u2013\u2014\xd7÷")
_TILDE_ALONE = re.compile("õ(?!e)|Õ(?!E)")  # Portuguese has it in "õe" only; elsewhere it was a Hungarian ő
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_ENOUGH_WORDS = 5_000


def latin_page(lines: Iterable[bytes]) -> str | None:
    """The code page of lines that hold non-ASCII bytes; None if their words are in no Latin alphabet."""
    words = list({word for line in lines for word in _WORD.findall(line) if not word.isascii()})[:_ENOUGH_WORDS]
    votes = {page: _votes(words, page) for page in ALPHABETS}
    if votes["cp1252"] == (0, 0):
        return "cp1252"  # nothing but signs beside figures (€, °): no letter contradicts the usual page
    page = max(votes, key=lambda name: votes[name][0] - votes[name][1])
    for_it, against = votes[page]
    return page if for_it and against <= 0.2 * (for_it + against) else None


def _votes(words: Iterable[bytes], page: str) -> tuple[int, int]:
    votes = [_vote(word, page) for word in words]
    return votes.count(1), votes.count(-1)


def _vote(word: bytes, page: str) -> int:
    """1: a word of a language of this page; -1: of none; 0: no letters to judge by."""
    try:
        text = word.decode(page)
    except UnicodeDecodeError:
        return -1
    if not all(_sign_in_place(text, at) for at, sign in enumerate(text) if _is_sign(sign)):
        return -1
    letters = [letter for letter in text if not _is_sign(letter)]
    foreign = {small for letter in letters if letter > "\x7f" for small in letter.lower() if small > "\x7f"}
    plain = sum(letter <= "\x7f" for letter in letters)
    if not foreign or (len(letters) == 1 and not plain):
        return 0
    if len(letters) > 2 * plain + 1 or _capital_inside(text) or _TILDE_ALONE.search(text):
        return -1
    return 1 if any(foreign <= set(alphabet) for alphabet in ALPHABETS[page]) else -1


def _is_sign(character: str) -> bool:
    return character > "\x7f" and (not character.isalpha() or character in "ªº")


def _sign_in_place(text: str, at: int) -> bool:
    """Whether a sign is a usual one where such signs stand: ’ inside a word, ¿ before one, º after one, € apart."""
    sign = text[at]
    follows = at > 0 and not _is_sign(text[at - 1])
    precedes = at + 1 < len(text) and not _is_sign(text[at + 1])
    return (
        sign in _COMMON_SIGNS
        and not (follows and sign not in _AFTER_A_LETTER)
        and not (precedes and sign not in _BEFORE_A_LETTER)
    )


def _capital_inside(text: str) -> bool:
    """Whether an accented capital stands inside a word beside a small letter, as in no name."""
    return any(
        capital > "\x7f" and capital.isupper() and (left.islower() or (left.isalpha() and right.islower()))
        for left, capital, right in zip(text, text[1:], text[2:] + " ", strict=False)
    )
