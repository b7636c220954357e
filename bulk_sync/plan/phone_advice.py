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

_NO_SUCH_CODE = "begins with a country code that does not exist. Write the number like +14155552671."
NO_COUNTRY_CODE = (
    "carries no country code, and the new number of a contact found by ID is not completed from --region. "
    "Write it with + and its country code, or add a country column."
)


def why_not(reason: int, where: str, check: Check) -> str | None:
    """Why a number that could be parsed, and is not valid, is refused; None: it is not, for it is possible.

    `reason` is its `ValidationResult`, `where` says in words whose numbers it was held against.
    """
    if reason != ValidationResult.IS_POSSIBLE:
        return _impossible(reason, where)
    if check == "valid":
        return (
            f"has the right length but no such number is given out {where}. "
            "Correct it, or pass --phone-check possible if you are sure of it."
        )
    return None


def why_invalid(code: int, size: int, where: str) -> str:
    """Why a number that is not valid is refused, by its code and the count of digits behind that."""
    number = PhoneNumber(country_code=code, national_number=10 ** (size - 1))
    return why_not(phonenumbers.is_possible_number_with_reason(number), where, "valid") or ""


def unparsed(text: str, region: str | None) -> str:
    """Why phonenumbers finds no number in a text."""
    try:
        phonenumbers.parse(text, region)
    except NumberParseException as error:
        return _unparsed(error.error_type, region)
    # it reads what our own reader does not believe, like a + before a prefix that only opens calls abroad
    return _unparsed(NumberParseException.NOT_A_NUMBER, region)


def _unparsed(kind: int, region: str | None) -> str:
    match kind:
        case NumberParseException.INVALID_COUNTRY_CODE if region is None:
            return NO_COUNTRY_CODE
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


def mended(digits: str, number: PhoneNumber | None, *, has_code: bool) -> str | None:
    """What a refused number would be with one change, and which, as a sentence; None: no such change makes it valid.

    `digits` of the cell; `has_code`: it was written with its own country code.
    """
    if number is not None and number.country_code == OLD_MOBILE_CODE and (old := _without_the_old_one(number)):
        return f"Mexico gave up the 1 behind +52 in 2019: if the mobile number {old} is meant, write it so."
    if number is not None and has_code and (once := _code_once(number)):
        return f"The country code {number.country_code} is there twice. If {once} is meant, write that."
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


def _without_the_old_one(number: PhoneNumber) -> str | None:
    national = str(number.national_number)
    found = _valid(f"+{OLD_MOBILE_CODE}{national[1:]}") if national.startswith("1") else None
    return found[0] if found else None


def _code_once(number: PhoneNumber) -> str | None:
    national = str(number.national_number)
    found = _valid(f"+{national}") if national.startswith(str(number.country_code)) else None
    return found[0] if found else None


def _valid(text: str) -> tuple[str, str] | None:
    """A number in E.164 and the name of its country, if it is valid."""
    number = numbering.parsed(text, None) if numbering.may_be_valid(text.removeprefix("+")) else None
    if number is None or not numbering.is_given_out(number):
        return None
    return numbering.e164(number), numbering.country_name(numbering.region_of(number)) or f"+{number.country_code}"
