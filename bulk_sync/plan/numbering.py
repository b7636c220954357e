"""The numbering plans of the world: what phonenumbers (libphonenumber's metadata) says of a text of digits."""

from __future__ import annotations

from functools import cache, lru_cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberType

phonenumbers.enable_pattern_cache()  # else numbers of many countries push each other's patterns out of re's own cache

NO_COUNTRY = "001"
"""What libphonenumber calls the region of a code that belongs to no country (+800, +870)."""

_VANITY = frozenset({PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST})
_SHORT_PLANS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)


def parsed(text: str, region: str | None) -> PhoneNumber | None:
    """The number in a text of digits and separators, as it is dialled in `region`; None: there is none."""
    try:
        return phonenumbers.parse(text, region, keep_raw_input=True)
    except NumberParseException:
        return None


def is_given_out(number: PhoneNumber) -> bool:
    """Whether a number is valid: libphonenumber's word, which is not asked about lengths that no number has."""
    return len(national(number)) in _sizes(code_of(number)) and phonenumbers.is_valid_number(number)


@cache
def _sizes(code: int) -> frozenset[int]:
    """How many digits national numbers behind a calling code may have, in whichever of its countries."""
    found: set[int] = set()
    for region in COUNTRY_CODE_TO_REGION_CODE.get(code, ()):
        rules = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
        if rules is not None and rules.general_desc is not None:
            found |= {*rules.general_desc.possible_length, *rules.general_desc.possible_length_local_only}
    return frozenset(found)


def may_be_valid(digits: str) -> bool:
    """Whether digits that begin with a calling code have a length that its numbers have, a trunk zero left out."""
    code, rest = split_code(digits)
    return code is not None and not _sizes(code).isdisjoint({len(rest), len(rest.removeprefix("0"))})


@lru_cache(maxsize=4096)
def is_valid(text: str, region: str | None) -> bool:
    """Whether a text of digits and separators is a valid number by itself."""
    number = parsed(text, region)
    return number is not None and is_given_out(number)


def is_possible(text: str, region: str | None) -> bool:
    """Whether it has a possible length, area code included."""
    number = parsed(text, region)
    return number is not None and phonenumbers.is_possible_number(number)


def is_mobile(number: PhoneNumber) -> bool:
    """Whether it is a mobile number, and can be nothing else."""
    return bool(phonenumbers.number_type(number) == PhoneNumberType.MOBILE)


def takes_letters(number: PhoneNumber) -> bool:
    """Whether it is of a kind that is written with letters: toll-free or of shared cost."""
    return phonenumbers.number_type(number) in _VANITY


def e164(number: PhoneNumber) -> str:
    """The number with its plus and its country code."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def calling_code(region: str | None) -> int | None:
    """The calling code of a country: 49 for DE."""
    return int(phonenumbers.country_code_for_region(region)) or None if region else None


def code_of(number: PhoneNumber) -> int:
    """The calling code of a number."""
    return int(number.country_code or 0)


def national(number: PhoneNumber) -> str:
    """The digits of a number behind its calling code."""
    return phonenumbers.national_significant_number(number)


def main_region(code: int) -> str | None:
    """The country that a calling code is above all: US for 1; None: it belongs to no country (800), or is none."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    return regions[0] if regions and regions[0] != NO_COUNTRY else None


def is_calling_code(code: int) -> bool:
    """Whether there is such a calling code."""
    return code in COUNTRY_CODE_TO_REGION_CODE


def split_code(code: str | None) -> tuple[int | None, str]:
    """The calling code that some digits begin with, and what of the number stands behind it: 1787 is (1, "787")."""
    for size in (1, 2, 3) if code and not code.startswith("0") else ():
        if code and is_calling_code(int(code[:size])):
            return int(code[:size]), code[size:]
    return None, ""


def region_of(number: PhoneNumber) -> str | None:
    """The country that a valid number belongs to; None: none, or it is not valid."""
    region = phonenumbers.region_code_for_number(number)
    return region if region != NO_COUNTRY else None


@cache
def drops_a_zero(code: int) -> bool:
    """Whether national numbers of this code begin with a zero that goes behind the code (not so in Italy)."""
    region = main_region(code)
    metadata = PhoneMetadata.metadata_for_region(region, None) if region else None
    return metadata is not None and metadata.national_prefix == "0"


@cache
def has_six_digits(region: str | None) -> bool:
    """Whether ordinary numbers of a country have six digits, which then look like a date with a short year."""
    examples = [phonenumbers.example_number_for_type(region, kind) for kind in _SHORT_PLANS] if region else []
    return any(len(phonenumbers.national_significant_number(each)) == 6 for each in examples if each is not None)
