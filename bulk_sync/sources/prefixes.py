"""Columns beside the number that hold a part of it: calling codes, countries, area codes.

"Country code" heads 44 in one file and GB in the next, "prefix" heads 44, 030 or Mr: what the column holds decides.
Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bulk_sync.model import fold
from bulk_sync.sources.synonyms import VAGUE, VAGUER, field_of, heads_area_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bulk_sync.sources.columns import Looks

MOSTLY = 0.8
"""The share of a column's cells that must look like something before the column is taken for it."""

_AREA_CODE = re.compile(r"\(?0{0,2}[1-9][0-9]{0,4}\)?")
_NOT_DIGITS = re.compile(r"\D")
_A_FEW = 0.1
"""The share of numbers that may differ from the area code beside them: people keep theirs when they move."""

_LONGEST_NATIONAL = 10
"""Digits; what is longer has a calling code before it, or might have."""


def share(cells: Sequence[str], looks_so: Callable[[str], bool]) -> float:
    """How many of the cells that are not blank look so, from 0 to 1; 0 where all are blank."""
    filled = [cell for cell in cells if cell.strip()]
    return sum(map(looks_so, filled)) / len(filled) if filled else 0.0


def named_by(header: str, cells: Sequence[str], looks: Looks) -> tuple[str, int] | None:
    """The field of a column and how well its header names it, as `field_of` says, but for codes and countries.

    Of those two it is the one that the cells hold. A header that may mean anything (prefix) is trusted only where every
    cell is a calling code, written as one (+44) where the header says area code to most people (Vorwahl). A column of
    calling codes that is headed as a list of ISO codes is left to be refused.
    """
    found = field_of(header)
    if found is None or found[0] not in {"country", "code"} or not any(cell.strip() for cell in cells):
        return found
    codes = share(cells, looks["code"])
    if found in {("code", VAGUE), ("code", VAGUER)}:
        is_written_out = found[1] == VAGUE or share(cells, _begins_as_a_code) == 1
        return found if codes == 1 and is_written_out else None
    if codes >= MOSTLY and "iso" not in fold(header):
        return "code", 0
    if found[0] == "code" and share(cells, _has_no_digit) >= MOSTLY:
        return ("country", 1) if share(cells, looks["country"]) >= MOSTLY else None
    return found


def is_left_out(header: str, area_codes: Sequence[str], numbers: Sequence[str]) -> bool:
    """Whether a column holds area codes that the numbers beside it lack, so that these are not whole."""
    if not heads_area_codes(header) and field_of(header) not in {("code", VAGUE), ("code", VAGUER)}:
        return False
    lacks = [
        not _begins_with(number, _NOT_DIGITS.sub("", code).lstrip("0"))
        for code, number in zip(area_codes, numbers, strict=True)
        if _AREA_CODE.fullmatch(code.strip()) and number.strip()
    ]
    return sum(lacks) > _A_FEW * len(lacks)


def _begins_with(number: str, area_code: str) -> bool:
    digits = _NOT_DIGITS.sub("", number).lstrip("0")
    has_code = number.strip().startswith(("+", "00")) or len(digits) > _LONGEST_NATIONAL
    return any(digits[skipped:].lstrip("0").startswith(area_code) for skipped in ((0, 1, 2, 3) if has_code else (0,)))


def _begins_as_a_code(cell: str) -> bool:
    return cell.strip().lstrip("(").startswith(("+", "00"))


def _has_no_digit(cell: str) -> bool:
    return not any(letter.isdigit() for letter in cell)
