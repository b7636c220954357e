"""What spreadsheets and web pages do to a phone number: marks that nobody sees, decimals, lost digits, dates."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.plan.numbering import has_six_digits
from bulk_sync.plan.values import Rejection, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

_SCIENTIFIC = re.compile(
    r"(?<![A-Za-z\d])(?P<lead>\d+)(?:[.,](?P<decimals>\d*))?"
    r"(?:[eE](?P<sign>[+-]?)|\s+[eE]\s*(?P<far_sign>[+-])\s*)(?P<exponent>\d+)(?![A-Za-z\d])"
)
_MOST_DIGITS = 15
"""Digits that a spreadsheet keeps of a number; E.164 has no more either."""

_ZONE = r"(?:(?i:[ap]\.?m\.?|uhr|h|z|utc|gmt)|[+-]\d{2}:?\d{2})"
_TIME = rf"(?:(?:[ ,]+|[Tt])\d{{1,2}}[:.h]?\d{{2}}(?:[:.]\d{{2}}(?:[.,]\d+)?)?\s*{_ZONE}?)?"
_TO = " ?[./-] ?"
DATE = (
    rf"(?:(\d{{1,2}}){_TO}(\d{{1,2}}){_TO}(\d{{4}}|\d{{1,2}})|(\d{{4}}){_TO}(\d{{1,2}})(?:{_TO}(\d{{1,2}}))?"
    rf"|(\d{{1,2}}){_TO}(\d{{4}})){_TIME}[ .]*"
)
"""What a date looks like; whether it is one, `is_date` tells. RE2 runs it, too."""

_DATE = re.compile(DATE)
_DECIMALS = re.compile(r"(?P<whole>.*\d)\.(?P<decimals>\d+)")
_PLAIN_DECIMALS = re.compile(r"\+?\d{7,}[.,]\d{1,6}")
_COMMA_ZERO = re.compile(r"(?<=\d),0+(?![\d.,eE])")

_HYPHEN_LIKE = frozenset("\u2212\u30fc")
_LINE_ENDS = frozenset("\r\v\f\x85\u2028\u2029")


def cleaned(text: str) -> str:
    """A cell as a reader sees it: plain spaces, digits and hyphens, no marks that do not show, no apostrophe before."""
    seen = "".join(map(_seen, unicodedata.normalize("NFC", text))) if not text.isascii() or "\t" in text else text
    return seen.replace("\r\n", "\n").replace("\r", "\n").strip().lstrip("'’‘`").strip()


def _seen(letter: str) -> str:
    if letter.isascii():
        return " " if letter == "\t" else letter
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    if kind == "Zs":
        return " "
    if kind == "Cf" or letter == "\ufe0f":
        return ""
    if kind == "Pd" or letter in _HYPHEN_LIKE:
        return "-"
    if "\uff01" <= letter <= "\uff5e":
        return chr(ord(letter) - 0xFEE0)
    return "\n" if letter in _LINE_ENDS else letter


def restored(text: str) -> str | Rejection:
    """A cell with what a spreadsheet shortened written out, where no digit is lost: 1.4155552691E+10 → 14155552691."""
    text = _COMMA_ZERO.sub("", text)
    match = _SCIENTIFIC.search(text)
    if match is None:
        return _not_a_fraction(text)
    lead, decimals = match["lead"], match["decimals"] or ""
    exponent = int(match["exponent"]) if len(match["exponent"]) < 4 else 1000
    is_whole = len(lead) == 1 and lead != "0" and "-" not in (match["sign"] or match["far_sign"] or "")
    if not is_whole or len(decimals) < exponent or not 0 < exponent < _MOST_DIGITS:
        return Rejection(
            Code.MANGLED_PHONE,
            f"{quoted(text)} is how a spreadsheet shortens a long number, and its last digits are gone. "
            "Format the column as text and enter the number again from its source.",
        )
    if decimals[exponent:].strip("0"):
        return fraction(text)
    return text[: match.start()] + lead + decimals[:exponent] + text[match.end() :]


def _not_a_fraction(text: str) -> str | Rejection:
    plain = _PLAIN_DECIMALS.fullmatch(text)
    return fraction(text) if plain and re.split("[.,]", text)[1].strip("0") else text


def fraction(text: str) -> Rejection:
    """What becomes of a number with decimals."""
    why = f"{quoted(text)} is a number with decimals, not a phone number. Enter the phone number."
    return Rejection(Code.INVALID_PHONE, why)


def without_decimals(number: str, is_valid: Callable[[str], bool]) -> str | None:
    """A number without the `.0` of a spreadsheet; None: it has other decimals.

    phonenumbers would read the zero of `301234567.0` as a digit, and make it another valid German number. Dots between
    groups of digits are no decimals: 030.123456.70.
    """
    match = _DECIMALS.fullmatch(number)
    if match is None:
        return number
    whole, decimals = match["whole"], match["decimals"]
    digits = whole.removeprefix("+")
    is_plain = digits.isdigit()
    if decimals == "0" or (is_plain and not decimals.strip("0")):
        return without_decimals(whole, is_valid)
    if is_plain and (len(digits) >= 7 or len(decimals) <= 2):
        return None
    return None if "." not in whole and len(decimals) <= 2 and is_valid(whole) else number


def is_date(text: str, region: str | None) -> bool:
    """Whether a text is a date, a time behind it or not: 26.11.2026, 2026-11-26T14:30, 11/2026, 26.11.26.

    A year of two digits makes no date where ordinary numbers have six digits (12.34.56 is how New Caledonia writes).
    """
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    parts = [part for part in match.groups() if part is not None]
    years = [part for part in (parts[0], parts[-1]) if len(part) == 4]
    if not years:
        return not has_six_digits(region) and any(_is_day(*pair) for pair in (parts[:2], parts[1:]))
    parts.remove(years[0])
    is_year = 1900 <= int(years[0]) <= 2100
    return is_year and (_is_day(*parts) if len(parts) == 2 else 1 <= int(parts[0]) <= 12)


def _is_day(one: str, other: str) -> bool:
    """Whether two numbers may be a day and a month, in either order."""
    low, high = sorted((int(one), int(other)))
    return 1 <= low <= 12 and high <= 31
