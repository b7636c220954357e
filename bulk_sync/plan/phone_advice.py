"""Why a number is refused, in words, and the advice that fits it. Sentences without their subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, ValidationResult

from bulk_sync.plan import numbering

if TYPE_CHECKING:
    from bulk_sync.plan.phone import Check

OLD_MOBILE_CODE = 52
"""Mexico's, whose mobile numbers had a 1 behind it until 2019."""

_ABROAD = ("00", "011")
"""How most countries begin a number of another country; a cell may follow the habit of its writer's."""

_SHORTEST_ABROAD, _LONGEST_ABROAD = 7, 18

NO_COUNTRY_CODE = (
    "carries no country code, and the new number of a contact found by ID is not completed from --region. "
    "Write it with + and its country code, or add a country column."
)
NO_NUMBER = "is not a phone number. Enter one, like +14155552671, or leave the row out."
_TOO_FEW = "has too few digits for a phone number. Add the missing digits."

_UNPARSED = {
    NumberParseException.INVALID_COUNTRY_CODE: (
        "begins with a country code that does not exist. Write the number like +14155552671."
    ),
    NumberParseException.TOO_SHORT_AFTER_IDD: _TOO_FEW,
    NumberParseException.TOO_SHORT_NSN: _TOO_FEW,
    NumberParseException.TOO_LONG: "has too many digits for a phone number. Keep one number, digits only.",
}
_NOT_GIVEN_OUT = (
    "has the right length but no such number is given out {}. "
    "Correct it, or pass --phone-check possible if you are sure of it."
)
_IMPOSSIBLE = {
    ValidationResult.TOO_SHORT: (
        "has too few digits for a number {}. Add them, or the country code if it is from elsewhere."
    ),
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks the area code of a number {}. Add it.",
    ValidationResult.TOO_LONG: "has too many digits for a number {}. Correct it, or add + and its country code.",
    ValidationResult.INVALID_LENGTH: "has a number of digits that no number {} has. Correct it.",
    ValidationResult.INVALID_COUNTRY_CODE: _UNPARSED[NumberParseException.INVALID_COUNTRY_CODE],
}
"""What is wrong with a number that could be parsed; {}: in words, whose numbers it was held against."""


def why_not(number: PhoneNumber, where: str, check: Check) -> str | None:
    """Why a number that could be parsed, and is not valid, is refused; None: it is not, for it is possible."""
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != ValidationResult.IS_POSSIBLE:
        return _IMPOSSIBLE[reason].format(where)
    return _NOT_GIVEN_OUT.format(where) if check == "valid" else None


def why_invalid(code: int, size: int, where: str) -> str:
    """Why a number that is not valid is refused, by its code and the count of digits behind that."""
    return why_not(PhoneNumber(country_code=code, national_number=10 ** (size - 1)), where, "valid") or ""


def unparsed(text: str, region: str | None) -> str:
    """Why phonenumbers finds no number in a text."""
    try:
        phonenumbers.parse(text, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE and region is None:
            return NO_COUNTRY_CODE
        return _UNPARSED.get(error.error_type, NO_NUMBER)
    # it reads what our own reader does not believe, like a + before a prefix that only opens calls abroad
    return NO_NUMBER


def mended(digits: str, number: PhoneNumber | None, *, has_code: bool) -> str | None:
    """What a refused number would be with one change, and which, as a sentence; None: no such change makes it valid.

    `digits` of the cell; `has_code`: it was written with its own country code.
    """
    code = "" if number is None else str(number.country_code)
    if number is not None and code == str(OLD_MOBILE_CODE) and (old := _beginning(number, "1", code)):
        return f"Mexico gave up the 1 behind +52 in 2019: if the mobile number {old} is meant, write it so."
    if number is not None and has_code and (once := _beginning(number, code, code)):
        return f"The country code {code} is there twice. If {once} is meant, write that."
    if has_code or not may_be_mended(digits):
        return None
    for prefix in _ABROAD:
        if digits.startswith(prefix) and (abroad := _valid(f"+{digits.removeprefix(prefix)}")):
            return (
                f"{prefix} is not how numbers of other countries begin here: if it is a number of {abroad[1]}, "
                f"write + instead of {prefix}, {abroad[0]}."
            )
    if abroad := _valid(f"+{digits}"):
        return f"With + before it, it would be a number of {abroad[1]}: add the + if that is meant, {abroad[0]}."
    return None


def may_be_mended(digits: str) -> bool:
    """Whether digits without a country code may be a number of another country, as far as their count tells."""
    if not _SHORTEST_ABROAD <= len(digits) <= _LONGEST_ABROAD:
        return False
    return digits.startswith(_ABROAD) or numbering.may_be_valid(digits)


def _beginning(number: PhoneNumber, begin: str, instead: str) -> str | None:
    """A number whose national part begins so, in E.164, with something else instead of its code and that."""
    national = str(number.national_number)
    found = _valid(f"+{instead}{national.removeprefix(begin)}") if national.startswith(begin) else None
    return found[0] if found else None


def _valid(text: str) -> tuple[str, str] | None:
    """A number in E.164 and the name of its country, if it is valid."""
    number = numbering.parsed(text, None) if numbering.may_be_valid(text.removeprefix("+")) else None
    if number is None or not numbering.is_given_out(number):
        return None
    return numbering.e164(number), numbering.country_name(
        phonenumbers.region_code_for_number(number)
    ) or f"+{number.country_code}"
