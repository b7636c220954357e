"""Which phone number does a cell hold?

Everything about numbers is phonenumbers' word (libphonenumber's metadata). What stands here is about spreadsheets:
numbers that lost digits, numbers that became decimals, several numbers in one cell.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import phonenumbers
from phonenumbers import CountryCodeSource, NumberParseException, PhoneNumber, ValidationResult

from bulk_sync.errors import Code
from bulk_sync.plan.rejection import Rejection, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

phonenumbers.enable_pattern_cache()  # else numbers of many countries push each other's patterns out of re's own cache

Check = Literal["valid", "possible"]

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""What the API accepts (the contract's pattern)."""

_SCIENTIFIC = re.compile(r"(?<![A-Za-z\d])\d+(?:[.,]\d*)?(?:[eE][+-]?|\s+[eE]\s*[+-]\s*)\d+(?![A-Za-z\d])")
_DECIMAL_ZERO = re.compile(r"(?<=\d)[.．][0０]$")
_BETWEEN_NUMBERS = re.compile(r"[/,;|&\n\r／，；]|\bor\b|(?<=\d)\)?\s*(?=\+)", re.IGNORECASE)
_EXTENSION = re.compile(r"\s*(?:ext|x|#|extension|e\.?xt)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that may be called: the digits of its E.164 form (+14155552671 → 14155552671).

    `completed`: the country code is not in the cell. `shortened`: an extension was dropped.
    """

    digits: int
    completed: bool = False
    shortened: bool = False

    @property
    def e164(self) -> str:
        """The number as the API takes it."""
        return f"+{self.digits}"


def read_phone(text: str, region: str | None, check: Check = "valid") -> Phone | Rejection:
    """The number in `text`, as somebody in `region` (ISO code) would dial it; None: it must carry its country code.

    `check` "valid" asks for a number that libphonenumber calls valid, "possible" for one of a possible length.
    """
    clean = cleaned(text)
    if _SCIENTIFIC.search(unicodedata.normalize("NFKC", clean)):
        return Rejection(
            Code.MANGLED_PHONE,
            f"{quoted(text)} is how a spreadsheet shortens a long number, and its last digits are gone. "
            "Format the column as text and enter the number again from its source.",
        )
    if several := _several(clean, region):
        return Rejection(
            Code.AMBIGUOUS_PHONE,
            f"{quoted(text)} holds several numbers ({' and '.join(several)}). Keep one, or give each a row of its own.",
        )
    try:
        number = phonenumbers.parse(clean, region, keep_raw_input=True)
    except NumberParseException as error:
        return Rejection(Code.INVALID_PHONE, f"{quoted(text)} {_unparsed(error.error_type, region)}")
    return _judge(number, text, region, check)


def cleaned(text: str) -> str:
    """The cell without what spreadsheets and web pages put around a number: apostrophes, marks that nobody sees, `.0`.

    phonenumbers would read the zero of `301234567.0` as a digit, and make it another valid German number.
    """
    seen = text if text.isascii() else "".join(map(_seen, text))
    bare = seen.strip().lstrip("'’‘`").strip()
    whole, dot, decimals = bare.partition(".")
    if dot and whole.lstrip("+").isdigit() and not decimals.strip("0"):
        return whole
    return _DECIMAL_ZERO.sub("", bare)


def _seen(letter: str) -> str:
    """A letter as a reader sees it: any kind of space as a plain one, and nothing for marks that do not show."""
    kind = unicodedata.category(letter)
    return " " if kind == "Zs" else "" if kind == "Cf" else letter


def _several(text: str, region: str | None) -> list[str]:
    """The numbers of a cell that holds more than one.

    An extension behind a number is none, and neither is what stands behind the slash of 06221/123456, which many
    countries write between area code and number: a text that as a whole is a valid number is one number.
    """
    parts = [part.strip() for part in _BETWEEN_NUMBERS.split(text)]
    if len(parts) < 2 or text.lower().startswith("tel:"):
        return []
    numbers = [
        part
        for part in parts
        if part and not _EXTENSION.match(part) and _is(part, region, phonenumbers.is_possible_number)
    ]
    slash_only = set(_BETWEEN_NUMBERS.findall(text)) == {"/"}
    whole = slash_only and _is(text, region, phonenumbers.is_valid_number)
    if len(numbers) < 2 or (whole and not all(_is(part, region, phonenumbers.is_valid_number) for part in numbers)):
        return []
    return numbers


def _is(text: str, region: str | None, kind: Callable[[PhoneNumber], bool]) -> bool:
    try:
        return kind(phonenumbers.parse(text, region))
    except NumberParseException:
        return False


def _judge(number: PhoneNumber, text: str, region: str | None, check: Check) -> Phone | Rejection:
    reason = phonenumbers.is_possible_number_with_reason(number)
    valid = check == "valid" and phonenumbers.is_valid_number(number)
    completed = number.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY
    why = why_not(reason, f"in {region}" if completed else f"under +{number.country_code}", check, valid=valid)
    if why:
        return Rejection(Code.INVALID_PHONE, f"{quoted(text)} {why}")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not E164.fullmatch(e164):
        return Rejection(
            Code.INVALID_PHONE, f"{quoted(text)} is {e164}, and the API takes only numbers of 7 to 15 digits."
        )
    return Phone(
        digits=int(e164[1:]),
        completed=completed,
        shortened=bool(number.extension),
    )


def why_not(reason: int, where: str, check: Check, *, valid: bool) -> str | None:
    """Why a number that could be parsed is refused; None: it is not.

    `reason` is its `ValidationResult`, `where` says in words whose numbers it was held against.
    """
    if check == "valid" and valid:
        return None
    if reason != ValidationResult.IS_POSSIBLE:
        return _impossible(reason, where)
    if check == "valid":
        return (
            f"has the right length but no such number is given out {where}. "
            "Correct it, or pass --phone-check possible if you are sure of it."
        )
    return None


_NO_SUCH_CODE = "begins with a country code that does not exist. Write the number like +14155552671."


def _unparsed(kind: int, region: str | None) -> str:
    match kind:
        case NumberParseException.INVALID_COUNTRY_CODE if region is None:
            return (
                "carries no country code, and the new number of a contact found by ID is not completed from --region. "
                "Write it with + and its country code, or add a country column."
            )
        case NumberParseException.INVALID_COUNTRY_CODE:
            return _NO_SUCH_CODE
        case NumberParseException.TOO_SHORT_AFTER_IDD | NumberParseException.TOO_SHORT_NSN:
            return "has too few digits for a phone number. Add the missing digits."
        case NumberParseException.TOO_LONG:
            return "has too many digits for a phone number. Keep one number, digits only."
        case _:
            return "is not a phone number. Enter one, like +14155552671, or leave the row out."


def _impossible(reason: int, where: str) -> str:
    match reason:
        case ValidationResult.TOO_SHORT:
            return f"has too few digits for a number {where}. Add them, or the country code if it is from elsewhere."
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return f"lacks the area code of a number {where}. Add it."
        case ValidationResult.TOO_LONG:
            return f"has too many digits for a number {where}. Correct it, or add + and its country code."
        case ValidationResult.INVALID_COUNTRY_CODE:
            return _NO_SUCH_CODE
        case _:
            return f"has a number of digits that no number {where} has. Correct it."
