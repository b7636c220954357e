"""The phone numbers of a column. `read_phone` is the judge; plain cells of long columns are decided together.

Patterns of the numbering plans run over the distinct texts of the column (RE2, by pyarrow). What is decided so is what
`read_phone` says, or nothing: libphonenumber drops a prefix, completes a code or takes digits for a code only under
conditions, and a cell for which these cannot be told from patterns is read by itself, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from bulk_sync.errors import Code
from bulk_sync.plan import numbering
from bulk_sync.plan.numbering import CodePatterns, HomePatterns, Trunk, code_patterns, home_patterns
from bulk_sync.plan.phone import Phone, read_phone, two_readings
from bulk_sync.plan.phone_advice import OLD_MOBILE_CODE, may_be_mended, why_invalid
from bulk_sync.plan.phone_cell import ODD, PLAIN
from bulk_sync.plan.rejection import Rejection, quoted, trimmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from bulk_sync.plan.arrow import Text
    from bulk_sync.plan.phone import Dialling

    Places = NDArray[np.int64]
    Mask = NDArray[np.bool_]

WORTH_IT = 1_000
"""Cells of one country from which on they are decided together: the patterns take a while to compile."""

_MARKS = ("completed", "coded", "shortened", "labelled", "twofold")

_MOST_REMEMBERED = 100_000
"""Distinct cells whose reading is kept for the chunks to come."""


@dataclass(slots=True)
class PhoneColumn:
    """What the cells of a column hold, a place per cell.

    `digits`: of E.164; 0 where the cell is blank or refused; `calling`: the calling code, 0 there. `completed`,
    `coded`, `shortened`, `labelled` and `twofold` as in `Phone`. `refused`: the cells that hold no number that could be
    called, and why.
    """

    digits: NDArray[np.int64]
    calling: NDArray[np.int16]
    blank: NDArray[np.bool_]
    completed: NDArray[np.bool_]
    coded: NDArray[np.bool_]
    shortened: NDArray[np.bool_]
    labelled: NDArray[np.bool_]
    twofold: NDArray[np.bool_]
    refused: dict[int, Rejection]

    @classmethod
    def of(cls, cells: int, *, blank: bool = False) -> PhoneColumn:
        """A column of which nothing is known yet, or one that is blank."""
        digits, calling = np.zeros(cells, dtype=np.int64), np.zeros(cells, dtype=np.int16)
        marks = {name: np.zeros(cells, dtype=np.bool_) for name in _MARKS}
        return cls(digits, calling, np.full(cells, blank, dtype=np.bool_), **marks, refused={})

    def put(self, place: int, reading: Phone | Rejection | None) -> None:
        """Write down what the cell at a place holds; None: it is blank."""
        match reading:
            case None:
                self.blank[place] = True
            case Rejection():
                self.refused[place] = reading
            case Phone():
                self.digits[place], self.calling[place] = reading.digits, reading.calling
                for name in _MARKS:
                    getattr(self, name)[place] = getattr(reading, name)

    def spread(self, which: NDArray[np.int64], places: NDArray[np.int64], into: PhoneColumn) -> None:
        """Write into another column, at its `places`, what the cells here with the numbers `which` hold."""
        for name in ("digits", "calling", "blank", *_MARKS):
            getattr(into, name)[places] = getattr(self, name).take(which)
        is_refused = np.zeros(len(self.digits), dtype=np.bool_)
        is_refused[list(self.refused)] = True
        for at in np.flatnonzero(is_refused.take(which)).tolist():
            into.refused[int(places[at])] = self.refused[int(which[at])]


class Phones:
    """Reads columns of phone numbers, and remembers what was odd in them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Dialling], Phone | Rejection | None] = {}

    def read(self, cells: pd.Series[Any], diallings: Sequence[Dialling], which: NDArray[np.int64]) -> PhoneColumn:
        """Read a column; `which` says for each cell by which of `diallings` its number is read."""
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        found = PhoneColumn.of(len(cells))
        for number, count in enumerate(np.bincount(which, minlength=len(diallings)).tolist()):
            places = np.flatnonzero(which == number) if count else which[:0]
            texts = cells if count == len(cells) else cells.take(places)
            if count >= WORTH_IT:
                self._read_together(texts, diallings[number], places, found)
            else:
                self._read_each(texts, diallings[number], places, found)
        return found

    def _read_together(
        self, texts: pd.Series[Any], dialling: Dialling, places: NDArray[np.int64], found: PhoneColumn
    ) -> None:
        from bulk_sync.plan.arrow import Text  # noqa: PLC0415  # short columns do without

        try:
            distinct, which = Text.of(texts).distinct()
        except UnicodeError:  # half a character, which Arrow cannot hold
            self._read_each(texts, dialling, places, found)
            return
        once = PhoneColumn.of(len(distinct))
        left = np.flatnonzero(~_Together(distinct, dialling, once).read())
        self._read_each(distinct.take(left).cells(), dialling, left, once)
        once.spread(which, places, found)

    def _read_each(
        self, texts: Iterable[str], dialling: Dialling, places: NDArray[np.int64], found: PhoneColumn
    ) -> None:
        for text, place in zip(texts, places.tolist(), strict=True):
            found.put(place, self._one(text, dialling))

    def _one(self, cell: str, dialling: Dialling) -> Phone | Rejection | None:
        key = cell, dialling
        if key not in self._known:
            text = trimmed(cell)
            self._known[key] = read_phone(text, dialling) if text else None
        return self._known[key]


FEW = 20
"""Numbers of one country that are sooner read one by one than by a pattern of their own."""

_NANP = 1
_CODES = frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))

_SPACES, _HYPHENS = "[\u00a0\u2002-\u200a\u202f\u3000]", "[\u2010-\u2015\u2212]"
_AROUND = r"^[ '’‘]+|[ ]+$"
_EXTENSION = r"(?i)[ ,;]*(?:ext\.?|x|#) *[0-9]{1,7}$"
_DECIMAL_ZERO = r"^(\+?[0-9]+)\.0+$"

_ZERO_IN_BRACKETS = r"^[^+]*\(0\)"
"""It stands behind a code, whose + is missing."""


class _Together:
    """The plain ones of some texts, on their way into `found`. A place is one of `texts`, and of `found`."""

    def __init__(self, texts: Text, dialling: Dialling, found: PhoneColumn) -> None:
        self.decided = np.zeros(len(texts), dtype=np.bool_)
        self._texts, self._dialling, self._found = texts, dialling, found

    def read(self) -> Mask:
        """Decide what can be decided; which of the texts are."""
        every, is_plain = np.arange(len(self._texts)), self._texts.matches(PLAIN)
        plain, places = _some(self._texts, every, is_plain)
        others, there = self._tidied(*_some(self._texts, every, ~is_plain))
        plain, places = plain.and_more(others), np.concatenate([places, there])
        plain, places = _some(plain, places, ~plain.matches(f"{ODD}|{_ZERO_IN_BRACKETS}"))
        digits = plain.only("+0123456789")
        has_plus = digits.begins("+")
        self._behind_plus(*_some(digits, places, has_plus, start=1))
        if self._dialling.code is not None:
            self._coded(*_some(digits, places, ~has_plus))
        elif self._dialling.region is not None:
            self._at_home(*_some(digits, places, ~has_plus), self._dialling.region)
        self._found.shortened &= self.decided
        return self.decided

    def _tidied(self, texts: Text, places: Places) -> tuple[Text, Places]:
        """Those of some texts that are plain but for what stands around the number, without that."""
        bare = texts.without(_SPACES, " ").without(_HYPHENS, "-").without(_AROUND)
        tidy = bare.without(_EXTENSION)
        self._found.shortened[places] = tidy.differs(bare)
        tidy = tidy.without(_DECIMAL_ZERO, r"\1")
        return _some(tidy, places, tidy.matches(PLAIN))

    def _behind_plus(self, digits: Text, places: Places) -> None:
        """Numbers whose digits begin with a calling code."""
        for size in (1, 2, 3):
            heads, which = digits.heads(size)
            is_code = np.array([head in _CODES for head in heads], dtype=np.bool_)
            for number in np.flatnonzero(is_code).tolist():
                patterns, here = code_patterns(int(heads[number])), which == number
                if patterns is not None and here.sum() >= FEW:
                    self._behind_code(*_some(digits, places, here, start=size), patterns)
            digits, places = _some(digits, places, ~is_code.take(which))

    def _behind_code(self, digits: Text, places: Places, patterns: CodePatterns, *, coded: bool = False) -> None:
        """National numbers behind their code, a trunk zero before them or not."""
        if patterns.code != _NANP:
            digits, places = _some(digits, places, ~digits.begins(str(patterns.code)))  # the code stands there twice
        left = self._national(digits, places, patterns, patterns.trunk, patterns.general, coded=coded)
        if not coded and self._dialling.check == "valid":
            self._refuse(*left, patterns.code)

    def _national(
        self, digits: Text, places: Places, patterns: CodePatterns, trunk: Trunk, general: str, **marks: bool
    ) -> tuple[Text, Places]:
        """Accept the valid ones of national numbers, without the prefix that is dialled before them.

        What comes back are those without a prefix that are not valid.
        """
        if trunk.prefix is not None:
            has_prefix = digits.matches(trunk.prefix)
            if not trunk.rewrites and has_prefix.any():
                bare, there = _some(digits.without(trunk.prefix), places, has_prefix)
                good = self._good(bare, patterns, trunk.general) & np.isin(bare.sizes(), trunk.sizes)
                self._accept(*_some(bare, there, good), patterns.code, marks)
            digits, places = _some(digits, places, ~has_prefix)
        good = self._good(digits, patterns, general)
        self._accept(*_some(digits, places, good), patterns.code, marks)
        return _some(digits, places, ~good)

    def _coded(self, digits: Text, places: Places) -> None:
        """Numbers whose code stands in a column of its own."""
        calling, lead = numbering.split_code(self._dialling.code)
        region = numbering.main_region(calling) if calling else None
        patterns = code_patterns(calling) if calling else None
        if lead or region is None or patterns is None:
            return
        for there in filter(None, {region, self._dialling.region}):
            digits, places = _some(digits, places, ~digits.matches(home_patterns(there).abroad))
        self._behind_code(digits, places, patterns, coded=True)

    def _at_home(self, digits: Text, places: Places, region: str) -> None:
        """Numbers as they are dialled in a country; without a prefix they have to fit the country's own form."""
        home, code = home_patterns(region), numbering.calling_code(region)
        patterns = code_patterns(code) if code else None
        goes_abroad = digits.matches(home.abroad)
        if home.plain_abroad is not None:
            self._behind_plus(*_some(digits, places, goes_abroad, start=len(home.plain_abroad)))
        digits, places = _some(digits, places, ~goes_abroad)
        if patterns is not None:
            has_code = digits.begins(str(patterns.code))
            self._with_or_without_plus(*_some(digits, places, has_code), patterns, home)
            digits, places = _some(digits, places, ~has_code)
            digits, places = self._national(digits, places, patterns, home.trunk, home.trunk.general, completed=True)
            if self._dialling.check == "valid":
                is_nobodys = ~digits.matches(patterns.valid)  # of no country that shares the code
                self._refuse(*_some(digits, places, is_nobodys), patterns.code, region)

    def _with_or_without_plus(self, digits: Text, places: Places, patterns: CodePatterns, home: HomePatterns) -> None:
        """Digits that begin with the code of their own country."""
        rest = digits.behind(len(str(patterns.code)))
        if patterns.code == _NANP:
            self._accept(*_some(rest, places, self._good(rest, patterns, patterns.general)), _NANP)
            return
        sure = np.ones(len(digits), dtype=np.bool_)
        for column, trunk in ((digits, home.trunk), (digits, patterns.trunk), (rest, patterns.trunk)):
            if trunk.prefix is not None:
                sure &= ~column.matches(trunk.prefix)
        national, plus = (sure & self._good(column, patterns, patterns.general) for column in (digits, rest))
        self._accept(*_some(digits, places, national & ~plus), patterns.code, {"completed": True})
        self._accept(*_some(rest, places, plus & ~national), patterns.code)
        both = national & plus
        if self._dialling.plus_missing is None:
            self._leave_open(*_some(digits, places, both), patterns.code)
        elif self._dialling.plus_missing:
            self._accept(*_some(rest, places, both), patterns.code, {"twofold": True})
        else:
            self._accept(*_some(digits, places, both), patterns.code, {"completed": True, "twofold": True})

    def _good(self, digits: Text, patterns: CodePatterns, general: str) -> Mask:
        """Which national numbers are valid; of possible ones too, only these are told from patterns for certain."""
        good = digits.matches(patterns.valid) & digits.matches(general)
        if self._dialling.check == "possible":
            good &= np.isin(digits.sizes(), patterns.trunk.sizes)
        return good

    def _accept(
        self, digits: Text, places: Places, code: int, marks: Mapping[str, bool] = MappingProxyType({})
    ) -> None:
        """Write down numbers that may be called; `marks` are what is true of them, as in `PhoneColumn`."""
        sizes = digits.sizes() + len(str(code))
        digits, places = _some(digits, places, (sizes >= 7) & (sizes <= 15))
        self._found.digits[places], self._found.calling[places] = digits.numbers(str(code)), code
        for name, mark in marks.items():
            getattr(self._found, name)[places] = mark
        self.decided[places] = True

    def _refuse(self, digits: Text, places: Places, code: int, region: str | None = None) -> None:
        """Refuse national numbers that are not valid, but for those for which there is advice.

        They stand behind their own code, or (`region`) are dialled at home.
        """
        sizes = digits.sizes()
        sure = (sizes >= 4) & (sizes <= 15)
        if region is None:
            sure &= ~digits.matches(f"^0*{code}")  # the code stands there twice
        if code == OLD_MOBILE_CODE:
            sure &= ~digits.matches("^0*1")
        digits, places = _some(digits, places, sure)
        if region is not None:
            sure = np.array([not may_be_mended(each) for each in digits.cells()], dtype=np.bool_)
            digits, places = _some(digits, places, sure)
        where = f"in {region}" if region else f"under +{code}"
        why = {size: why_invalid(code, size, where) for size in set(digits.sizes().tolist())}
        texts = self._texts.take(places).cells()
        for place, text, size in zip(places.tolist(), texts, digits.sizes().tolist(), strict=True):
            self._found.refused[place] = Rejection(Code.INVALID_PHONE, f"{quoted(trimmed(text))} {why[size]}")
        self.decided[places] = True

    def _leave_open(self, digits: Text, places: Places, code: int) -> None:
        """Refuse digits that are two numbers, while nobody has said which is meant."""
        texts = self._texts.take(places).cells()
        for place, text, national in zip(places.tolist(), texts, digits.cells(), strict=True):
            self._found.refused[place] = two_readings(trimmed(text), code, national, int(national))
        self.decided[places] = True


def _some(digits: Text, places: Places, which: Mask, *, start: int = 0) -> tuple[Text, Places]:
    """Some of the texts, from a position on, with their places."""
    some = digits if which.all() else digits.take(np.flatnonzero(which))
    return (some.behind(start) if start else some), places[which]
