"""The phone number of a cell: one that may be called, or why there is none.

Everything about numbers is phonenumbers' word (libphonenumber's metadata); what else stands in a cell is read by
`phone_cell`. What is decided here is which country's a number is: its own code's, its row's, or, where digits alone are
two numbers, neither until somebody says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import phonenumbers
from phonenumbers import CountryCodeSource, PhoneNumber

from bulk_sync.errors import Code
from bulk_sync.model import E164
from bulk_sync.plan import numbering
from bulk_sync.plan.phone_advice import NO_COUNTRY_CODE, mended, unparsed, why_not
from bulk_sync.plan.phone_cell import Dialled, one_number
from bulk_sync.plan.values import Rejection, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

Check = Literal["valid", "possible"]

_ZERO = re.compile(r"[(\[]0[)\]]")
_HAS_CODE = frozenset({CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN, CountryCodeSource.FROM_NUMBER_WITH_IDD})


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that may be called: the digits of its E.164 form (+14155552671 → 14155552671), and its calling code.

    `completed`: the country code is the region's; `coded`: it is the code column's. `shortened`: an extension was
    dropped; `labelled`: a word like "mobile" was. `twofold`: the digits are another number too, and what was decided
    for the file decided.
    """

    digits: int
    calling: int
    completed: bool = False
    coded: bool = False
    shortened: bool = False
    labelled: bool = False
    twofold: bool = False

    @property
    def e164(self) -> str:
        """The number as the API takes it."""
        return f"+{self.digits}"


class Countryless(Rejection):
    """A number that needs a country to be judged, and has none."""


@dataclass(frozen=True, slots=True)
class Twofold(Rejection):
    """Digits that are two numbers: `national` as they stand, `plus` where only a + is missing (digits of E.164)."""

    national: int
    plus: int


@dataclass(frozen=True, slots=True)
class Dialling:
    """How numbers of a row are dialled.

    `region`: the ISO code of the country; None: they must carry their code. `code`: the digits of the row's cell in a
    code column. `check` "valid" asks for numbers that libphonenumber calls valid, "possible" for a possible length.
    `plus_missing`: how digits are read that are two numbers; None: nobody has said.
    """

    region: str | None
    code: str | None = None
    check: Check = "valid"
    plus_missing: bool | None = None


def read_phone(text: str, dialling: Dialling) -> Phone | Rejection:
    """The number in a cell."""
    calling, lead = numbering.split_code(dialling.code)
    region = numbering.main_region(calling) if calling else dialling.region
    found = one_number(text, region, strict=dialling.check == "valid")
    if isinstance(found, Rejection):
        return found
    return _Reading(text, found, dialling, region, calling, lead).phone()


@dataclass(frozen=True, slots=True)
class _Reading:
    """A cell's one number on its way to being judged. `calling`, `lead`: what the code column says."""

    text: str
    found: Dialled
    dialling: Dialling
    region: str | None
    calling: int | None
    lead: str

    def phone(self) -> Phone | Rejection:
        here = numbering.parsed(self.found.text, self.dialling.region)
        own = next((number for number in (here, *self._there()) if number and _has_code(number)), None)
        if own is not None:
            return self._once(own)
        if "+" in self.found.text:
            return self._refused(None, unparsed(self.found.text, self.region or "US"))
        if self.calling is not None:
            return self._behind(self.calling)
        if self.region is None:
            return Countryless(Code.INVALID_PHONE, f"{quoted(self.text)} {NO_COUNTRY_CODE}")
        code = numbering.calling_code(self.region)
        if code is not None and self._digits.startswith(str(code)):
            return self._with_or_without_plus(code, here)
        return self._judged(here)

    def _there(self) -> Iterator[PhoneNumber | None]:
        """The number as it is dialled in the country of the code column, which may have another prefix for abroad."""
        if self.region != self.dialling.region:
            yield numbering.parsed(self.found.text, self.region)

    @property
    def _digits(self) -> str:
        return re.sub("[^0-9]", "", self.found.text)

    def _once(self, number: PhoneNumber) -> Phone | Rejection:
        """A number with its own code, unless that stands there twice and either number could be meant."""
        judged = self._judged(number)
        code, national = str(number.country_code), numbering.national(number)
        stands_twice = national.startswith(code) and self._digits.endswith(code + national)  # no trunk zero between
        once = numbering.parsed(f"+{national}", None) if stands_twice else None
        if once is None or isinstance(judged, Rejection) or not numbering.is_given_out(once):
            return judged
        is_usual = numbering.is_mobile(number) and not numbering.is_mobile(once)
        return judged if is_usual or _same(number, once) else _twice(self.text, number, once)

    def _behind(self, code: int) -> Phone | Rejection:
        """A number whose code stands in a column of its own, and perhaps in the number again: it is dialled once."""
        digits = self._digits
        lead = "" if self.lead and digits.startswith(self.lead) else self.lead
        behind = numbering.parsed(f"+{code}{lead}{digits}", None)  # a trunk zero goes, but in Italy
        once = numbering.parsed(f"+{digits}", None) if digits.startswith(str(code)) else None
        found = behind
        if once is not None and self._accepts(once):
            found = once
            if behind is not None and self._accepts(behind) and not _same(behind, once):
                is_usual = numbering.is_mobile(once) and not numbering.is_mobile(behind)
                if not is_usual:
                    return _twice(self.text, behind, once)
        if found is None:
            return self._refused(None, unparsed(f"+{code}{lead}{digits}", None))
        judged = self._judged(found)
        return replace(judged, completed=False, coded=True) if isinstance(judged, Phone) else judged

    def _with_or_without_plus(self, code: int, here: PhoneNumber | None) -> Phone | Rejection:
        """Digits that begin with the code of their own country: with the plus missing, or as they stand (`here`)."""
        national, plus = here, numbering.parsed(f"+{self._digits}", None)
        if here is None or here.country_code_source != CountryCodeSource.FROM_DEFAULT_COUNTRY:
            national = numbering.parsed(f"+{code}{self._digits}", None)
        if plus is not None and re.match(rf"\D*{code}\D*\(0\)", self.found.text):
            return self._judged(plus, completed=False)  # the zero in brackets stands behind a code only
        readings = [number for number in (plus, national) if number is not None and self._accepts(number)]
        readings = list(filter(numbering.is_given_out, readings)) or readings
        if not readings:
            return self._judged(here)
        if len(readings) == 1 or _same(*readings):
            return self._judged(readings[0], completed=readings[0] is national)
        if self.dialling.plus_missing is None:
            first, second = readings
            return two_readings(self.text, code, numbering.national(second), int(numbering.e164(first)[1:]))
        lacks_plus = self.dialling.plus_missing
        judged = self._judged(readings[0 if lacks_plus else 1], completed=not lacks_plus)
        return replace(judged, twofold=True) if isinstance(judged, Phone) else judged

    def _accepts(self, number: PhoneNumber) -> bool:
        if self.dialling.check == "valid":
            return numbering.is_given_out(number)
        return bool(phonenumbers.is_possible_number(number))

    def _judged(self, number: PhoneNumber | None, *, completed: bool | None = None) -> Phone | Rejection:
        if number is None:
            return self._refused(None, unparsed(self.found.text, self.region))
        if completed is None:
            completed = number.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY
        if self.dialling.check == "possible" or not numbering.is_given_out(number):
            where = f"in {self.region}" if completed else f"under +{number.country_code}"
            if why := why_not(number, where, self.dialling.check):
                return self._refused(number, why)
        e164 = numbering.e164(number)
        mobile = numbering.behind_a_zero(number) if _ZERO.search(self.found.text) else None
        if mobile is not None:
            return _zero_or_not(self.text, number, mobile)
        if not E164.fullmatch(e164):
            return Rejection(
                Code.INVALID_PHONE, f"{quoted(self.text)} is {e164}, and the API takes only numbers of 7 to 15 digits."
            )
        return Phone(
            digits=int(e164[1:]),
            calling=numbering.code_of(number),
            completed=completed,
            shortened=self.found.extended,
            labelled=self.found.labelled,
        )

    def _refused(self, number: PhoneNumber | None, why: str) -> Rejection:
        has_code = number is not None and _has_code(number)
        if advice := mended(self._digits, number, has_code=has_code):
            why = f"{why.partition('. ')[0]}. {advice}"
        return Rejection(Code.INVALID_PHONE, f"{quoted(self.text)} {why}")


def _has_code(number: PhoneNumber) -> bool:
    """Whether a number was written with its country code, behind a plus or an international prefix."""
    return number.country_code_source in _HAS_CODE


def _same(one: PhoneNumber, other: PhoneNumber) -> bool:
    return numbering.e164(one) == numbering.e164(other)


def two_readings(text: str, code: int, national: str, plus: int) -> Twofold:
    """What becomes of digits that are two numbers of one country while nobody has said which is meant.

    `national`: the national number that they are as they stand; `plus`: E.164's digits of what they are with a +.
    """
    return Twofold(
        Code.AMBIGUOUS_PHONE,
        f"{quoted(text)} could be two numbers: +{plus} if only the + is missing, +{code}{national} if not. "
        "Pass --plus-missing or --no-plus-missing for all such numbers, or write this one as "
        f"+{plus} or {_unmistakable(code, national)}.",
        int(f"{code}{national}"),
        plus,
    )


def _twice(text: str, as_it_stands: PhoneNumber, once: PhoneNumber) -> Rejection:
    long, short, code = numbering.e164(as_it_stands), numbering.e164(once), numbering.code_of(once)
    plain = _unmistakable(code, numbering.national(as_it_stands))
    return Rejection(
        Code.AMBIGUOUS_PHONE,
        f"{quoted(text)} has the country code {code} twice, and could be two numbers: {short} if it stands there once "
        f"too often, {long} if not. Write the one that is meant: {short} or {plain}.",
    )


def _zero_or_not(text: str, with_zero: PhoneNumber, without: PhoneNumber) -> Rejection:
    long, short = numbering.e164(with_zero), numbering.e164(without)
    return Rejection(
        Code.AMBIGUOUS_PHONE,
        f"{quoted(text)} could be two numbers: {short} if the zero in brackets is left out, {long} if not. "
        "Write the one that is meant.",
    )


def _unmistakable(code: int, national: str) -> str:
    """A number whose national part begins with its code, as it is read in no other way: +49 (0)491 5112…."""
    return f"+{code} {'(0)' if numbering.drops_a_zero(code) else ''}{national}"


def looks_like_phone(text: str, region: str) -> bool:
    """Whether a cell holds a number, or what a person would call one: several, or one with lost digits."""
    found = read_phone(text, Dialling(region))
    return isinstance(found, Phone) or found.code in {Code.AMBIGUOUS_PHONE, Code.MANGLED_PHONE}
