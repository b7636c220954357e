"""The phone numbers of a column. `read_phone` is the judge; plain cells of long columns are decided together.

Patterns of the numbering plans run over the distinct texts of the column (RE2, by pyarrow). What is decided so is what
`read_phone` says, or nothing: libphonenumber drops a prefix, completes a code or takes digits for a code only under
conditions, and a cell for which these cannot be told from patterns is read by itself, once.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from bulk_sync.errors import Code
from bulk_sync.plan import numbering
from bulk_sync.plan.numbering import CodePatterns, HomePatterns, Trunk, code_patterns, home_patterns
from bulk_sync.plan.phone import Phone, read_phone, two_readings
from bulk_sync.plan.phone_advice import OLD_MOBILE_CODE, may_be_mended, why_invalid
from bulk_sync.plan.phone_cell import ODD, PLAIN
from bulk_sync.plan.values import Rejection, quoted, trimmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from bulk_sync.plan.phone import Dialling

    Mask = NDArray[np.bool_]

WORTH_IT = 1_000
"""Cells of one country from which on they are decided together: the patterns take a while to compile."""

FEW = 20
"""Numbers of one country that are sooner read one by one than by a pattern of their own."""

_MOST_REMEMBERED = 100_000
"""Distinct cells whose reading is kept for the chunks to come."""

_KINDS = {each.name: {"digits": "i8", "calling": "i2"}.get(each.name, "?") for each in fields(Phone)}


@dataclass(slots=True)
class PhoneColumn:
    """What the cells of a column hold, a place per cell.

    `phones`: each cell's `Phone`, field by field; nothing but zeros where it has none. `refused`: the cells that hold
    no number that could be called, and why; those with neither are blank.
    """

    phones: dict[str, NDArray[Any]]
    refused: dict[int, Rejection] = field(default_factory=dict)

    @classmethod
    def of(cls, cells: int) -> PhoneColumn:
        """A column of blank cells."""
        return cls({name: np.zeros(cells, dtype=kind) for name, kind in _KINDS.items()})

    def put(self, place: int, reading: Phone | Rejection | None) -> None:
        """Write down what the cell at a place holds; None: it is blank."""
        if isinstance(reading, Phone):
            for values, value in zip(self.phones.values(), astuple(reading), strict=True):
                values[place] = value
        elif reading is not None:
            self.refused[place] = reading

    def spread(self, which: NDArray[np.int64], places: NDArray[np.int64], into: PhoneColumn) -> None:
        """Write into another column, at its `places`, what the cells here with the numbers `which` hold."""
        for name, values in self.phones.items():
            into.phones[name][places] = values[which]
        is_refused = np.zeros(len(self.phones["digits"]), dtype=np.bool_)
        is_refused[list(self.refused)] = True
        for at in np.flatnonzero(is_refused[which]).tolist():
            into.refused[int(places[at])] = self.refused[int(which[at])]


class Phones:
    """Reads columns of phone numbers, and remembers what was odd in them."""

    def __init__(self) -> None:
        self._one = lru_cache(_MOST_REMEMBERED)(_read_cell)

    def read(self, cells: pd.Series[str], diallings: Sequence[Dialling], which: NDArray[np.int64]) -> PhoneColumn:
        """Read a column; `which` says for each cell by which of `diallings` its number is read."""
        found = PhoneColumn.of(len(cells))
        for number in np.unique(which).tolist():
            places = np.flatnonzero(which == number)
            texts = cells.iloc[places]
            if len(places) >= WORTH_IT:
                self._read_together(texts, places, diallings[number], found)
            else:
                self._read_each(texts, places, diallings[number], found)
        return found

    def _read_together(
        self, texts: pd.Series[str], places: NDArray[np.int64], dialling: Dialling, found: PhoneColumn
    ) -> None:
        which, distinct = pd.factorize(texts)
        try:
            cells = Texts(pa.array(distinct, type=pa.string()), np.arange(len(distinct)))
        except UnicodeError:  # half a character, which Arrow cannot hold
            self._read_each(texts, places, dialling, found)
            return
        once = PhoneColumn.of(len(distinct))
        left = cells[~_Together(cells, dialling, once).read()]
        self._read_each(left.listed(), left.places, dialling, once)
        once.spread(which, places, found)

    def _read_each(
        self, texts: Iterable[str], places: NDArray[np.int64], dialling: Dialling, found: PhoneColumn
    ) -> None:
        for text, place in zip(texts, places.tolist(), strict=True):
            found.put(place, self._one(text, dialling))


def _read_cell(cell: str, dialling: Dialling) -> Phone | Rejection | None:
    """What one cell holds; None: it is blank."""
    text = trimmed(cell)
    return read_phone(text, dialling) if text else None


class Texts:
    """Cells, or what of their digits is still to be judged: on Arrow, where RE2 runs the patterns, with their `places`.

    (pandas would do the same, but parse each pattern anew to see whether RE2 may run it: half as long again.)
    """

    def __init__(self, array: Any, places: NDArray[np.int64]) -> None:  # noqa: ANN401 -- an Arrow array
        self._array, self.places = array, places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, which: Mask) -> Texts:
        """Some of the texts."""
        return self if which.all() else self.take(np.flatnonzero(which))

    def take(self, numbers: NDArray[np.int64]) -> Texts:
        """The texts at some positions."""
        return Texts(self._array.take(pa.array(numbers)), self.places[numbers])

    def __add__(self, other: Texts) -> Texts:
        return Texts(pa.concat_arrays([self._array, other._array]), np.concatenate([self.places, other.places]))

    def matches(self, pattern: str) -> Mask:
        """In which texts a pattern is found."""
        return _plain(pc.match_substring_regex(self._array, pattern))

    def begins(self, prefix: str) -> Mask:
        """Which texts begin so."""
        return _plain(pc.starts_with(self._array, prefix))

    def differs(self, other: Texts) -> Mask:
        """Which texts are not those of the other."""
        return _plain(pc.not_equal(self._array, other._array))

    def without(self, pattern: str, instead: str = "") -> Texts:
        """The texts with something else, or nothing, wherever a pattern is found."""
        return Texts(pc.replace_substring_regex(self._array, pattern, instead), self.places)

    def behind(self, start: int, stop: int | None = None) -> Texts:
        """The texts from a position on, up to another."""
        return Texts(pc.utf8_slice_codeunits(self._array, start, stop), self.places)

    def sizes(self) -> NDArray[np.int64]:
        """How many letters each has."""
        return _plain(pc.utf8_length(self._array))

    def distinct(self) -> tuple[list[str], NDArray[np.int64]]:
        """The distinct texts, and for each text the number of its own."""
        encoded = self._array.dictionary_encode()
        return encoded.dictionary.to_pylist(), _plain(encoded.indices)

    def numbers(self, code: int) -> NDArray[np.int64]:
        """The whole numbers that the texts are behind a calling code."""
        return _plain(pc.cast(pc.binary_join_element_wise(str(code), self._array, ""), pa.int64()))

    def listed(self) -> list[str]:
        """The texts as Python has them."""
        return cast("list[str]", self._array.to_pylist())

    def digits(self) -> Texts:
        """What of each text is a digit or a plus, picked out of the bytes of them all."""
        sizes, bytes_of = self._array.buffers()[1:]
        ends = np.frombuffer(sizes, "i4")[self._array.offset :][: len(self) + 1]
        signs = np.frombuffer(bytes_of or b"", "u1")
        is_digit = np.isin(np.arange(256), list(b"+0123456789"))[signs]
        before = np.concatenate([[0], np.cumsum(is_digit)]).astype("i4")
        buffers = [pa.py_buffer(before[ends]), pa.py_buffer(signs[is_digit])]
        return Texts(pa.StringArray.from_buffers(len(self), *buffers), self.places)


def _plain(array: Any) -> NDArray[Any]:  # noqa: ANN401 -- an Arrow array
    return cast("NDArray[Any]", array.to_numpy(zero_copy_only=False))


_NANP = 1
_CODES = frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))

_SPACES, _HYPHENS = "[\u00a0\u2002-\u200a\u202f\u3000]", "[\u2010-\u2015\u2212]"
_AROUND = r"^[ '’‘]+|[ ]+$"
_EXTENSION = r"[ ,;]*(?:[eE][xX][tT]\.?|[xX]|#) *[0-9]{1,7}$"
_DECIMAL_ZERO = r"^(\+?[0-9]+)\.0+$"

_ZERO_IN_BRACKETS = r"^[^+]*\(0\)"
"""It stands behind a code, whose + is missing."""


class _Together:
    """The plain ones of some texts, on their way into `found`. A place is one of `texts`, and of `found`."""

    def __init__(self, texts: Texts, dialling: Dialling, found: PhoneColumn) -> None:
        self._texts, self._dialling, self._found = texts, dialling, found
        self._shortened = np.zeros(len(texts), dtype=np.bool_)
        self._decided = np.zeros(len(texts), dtype=np.bool_)

    def read(self) -> Mask:
        """Decide what can be decided; which of the texts are."""
        is_plain = self._texts.matches(PLAIN)
        plain = self._texts[is_plain] + self._tidied(self._texts[~is_plain])
        digits = plain[~plain.matches(f"{ODD}|{_ZERO_IN_BRACKETS}")].digits()
        has_plus = digits.begins("+")
        self._behind_plus(digits[has_plus].behind(1))
        if self._dialling.code is not None:
            self._coded(digits[~has_plus])
        elif self._dialling.region is not None:
            self._at_home(digits[~has_plus], self._dialling.region)
        return self._decided

    def _tidied(self, texts: Texts) -> Texts:
        """Those of some texts that are plain but for what stands around the number, without that."""
        bare = texts.without(_SPACES, " ").without(_HYPHENS, "-").without(_AROUND)
        tidy = bare.without(_EXTENSION)
        self._shortened[texts.places] = tidy.differs(bare)
        tidy = tidy.without(_DECIMAL_ZERO, r"\1")
        return tidy[tidy.matches(PLAIN)]

    def _behind_plus(self, digits: Texts) -> None:
        """Numbers whose digits begin with a calling code."""
        for size in (1, 2, 3):
            heads, which = digits.behind(0, size).distinct()
            is_code = np.array([head in _CODES for head in heads], dtype=np.bool_)
            for number, count in enumerate(np.bincount(which).tolist()):
                patterns = code_patterns(int(heads[number])) if is_code[number] and count >= FEW else None
                if patterns is not None:
                    self._behind_code(digits[which == number].behind(size), patterns)
            digits = digits[~is_code[which]]

    def _behind_code(self, digits: Texts, patterns: CodePatterns, *, coded: bool = False) -> None:
        """National numbers behind their code, a trunk zero before them or not."""
        if patterns.code != _NANP:
            digits = digits[~digits.begins(str(patterns.code))]  # the code stands there twice
        left = self._national(digits, patterns, patterns.trunk, patterns.general, coded=coded)
        if not coded and self._dialling.check == "valid":
            self._refuse(left, patterns.code)

    def _national(self, digits: Texts, patterns: CodePatterns, trunk: Trunk, general: str, **marks: bool) -> Texts:
        """Accept the valid ones of national numbers, without the prefix that is dialled before them.

        What comes back are those without a prefix that are not valid.
        """
        if trunk.prefix is not None:
            has_prefix = digits.matches(trunk.prefix)
            if not trunk.rewrites and has_prefix.any():
                bare = digits[has_prefix].without(trunk.prefix)
                good = self._good(bare, patterns, trunk.general) & np.isin(bare.sizes(), trunk.sizes)
                self._accept(bare[good], patterns.code, **marks)
            digits = digits[~has_prefix]
        good = self._good(digits, patterns, general)
        self._accept(digits[good], patterns.code, **marks)
        return digits[~good]

    def _coded(self, digits: Texts) -> None:
        """Numbers whose code stands in a column of its own."""
        calling, lead = numbering.split_code(self._dialling.code)
        region = numbering.main_region(calling) if calling else None
        patterns = code_patterns(calling) if calling else None
        if lead or region is None or patterns is None:
            return
        for there in filter(None, {region, self._dialling.region}):
            digits = digits[~digits.matches(home_patterns(there).abroad)]
        self._behind_code(digits, patterns, coded=True)

    def _at_home(self, digits: Texts, region: str) -> None:
        """Numbers as they are dialled in a country; without a prefix they have to fit the country's own form."""
        home, code = home_patterns(region), numbering.calling_code(region)
        patterns = code_patterns(code) if code else None
        goes_abroad = digits.matches(home.abroad)
        if home.plain_abroad is not None:
            self._behind_plus(digits[goes_abroad].behind(len(home.plain_abroad)))
        digits = digits[~goes_abroad]
        if patterns is not None:
            has_code = digits.begins(str(patterns.code))
            self._with_or_without_plus(digits[has_code], patterns, home)
            left = self._national(digits[~has_code], patterns, home.trunk, home.trunk.general, completed=True)
            if self._dialling.check == "valid":
                is_nobodys = ~left.matches(patterns.valid)  # of no country that shares the code
                self._refuse(left[is_nobodys], patterns.code, region)

    def _with_or_without_plus(self, digits: Texts, patterns: CodePatterns, home: HomePatterns) -> None:
        """Digits that begin with the code of their own country."""
        rest = digits.behind(len(str(patterns.code)))
        if patterns.code == _NANP:
            self._accept(rest[self._good(rest, patterns, patterns.general)], _NANP)
            return
        sure = np.ones(len(digits), dtype=np.bool_)
        for texts, trunk in ((digits, home.trunk), (digits, patterns.trunk), (rest, patterns.trunk)):
            if trunk.prefix is not None:
                sure &= ~texts.matches(trunk.prefix)
        national, plus = (sure & self._good(texts, patterns, patterns.general) for texts in (digits, rest))
        self._accept(digits[national & ~plus], patterns.code, completed=True)
        self._accept(rest[plus & ~national], patterns.code)
        both = national & plus
        if self._dialling.plus_missing is None:
            self._leave_open(digits[both], patterns.code)
        elif self._dialling.plus_missing:
            self._accept(rest[both], patterns.code, twofold=True)
        else:
            self._accept(digits[both], patterns.code, completed=True, twofold=True)

    def _good(self, digits: Texts, patterns: CodePatterns, general: str) -> Mask:
        """Which national numbers are valid; of possible ones too, only these are told from patterns for certain."""
        good = digits.matches(patterns.valid) & digits.matches(general)
        if self._dialling.check == "possible":
            good &= np.isin(digits.sizes(), patterns.trunk.sizes)
        return good

    def _accept(self, digits: Texts, code: int, **marks: bool) -> None:
        """Write down numbers that may be called; `marks` are what is true of them, as in `Phone`."""
        sizes = digits.sizes() + len(str(code))
        digits = digits[(sizes >= 7) & (sizes <= 15)]
        places, phones = digits.places, self._found.phones
        phones["digits"][places], phones["calling"][places] = digits.numbers(code), code
        phones["shortened"][places] = self._shortened[places]
        for name, mark in marks.items():
            phones[name][places] = mark
        self._decided[places] = True

    def _refuse(self, digits: Texts, code: int, region: str | None = None) -> None:
        """Refuse national numbers that are not valid, but for those for which there is advice.

        They stand behind their own code, or (`region`) are dialled at home.
        """
        sizes = digits.sizes()
        digits = digits[(sizes >= 4) & (sizes <= 15)]
        if region is None:
            digits = digits[~digits.matches(f"^0*{code}")]  # the code stands there twice
        else:
            digits = digits[np.array([not may_be_mended(each) for each in digits.listed()], dtype=np.bool_)]
        if code == OLD_MOBILE_CODE:
            digits = digits[~digits.matches("^0*1")]
        where = f"in {region}" if region else f"under +{code}"
        why = {size: why_invalid(code, size, where) for size in set(digits.sizes().tolist())}
        for (place, text), number in zip(self._cells(digits), digits.listed(), strict=True):
            self._found.refused[place] = Rejection(Code.INVALID_PHONE, f"{quoted(text)} {why[len(number)]}")

    def _leave_open(self, digits: Texts, code: int) -> None:
        """Refuse digits that are two numbers, while nobody has said which is meant."""
        for (place, text), national in zip(self._cells(digits), digits.listed(), strict=True):
            self._found.refused[place] = two_readings(text, code, national, int(national))

    def _cells(self, digits: Texts) -> Iterator[tuple[int, str]]:
        """The places of some numbers, and the texts of their cells, which count as decided."""
        self._decided[digits.places] = True
        cells = self._texts.take(digits.places).listed()
        return zip(digits.places.tolist(), map(trimmed, cells), strict=True)
