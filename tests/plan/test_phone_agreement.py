"""Are ordinary spellings read as libphonenumber reads them? Asked of every country's example numbers."""

import phonenumbers
import pytest
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from bulk_sync.model import E164
from bulk_sync.plan.phone import Phone, Twofold

from .phones import read_phone

KINDS = [
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.VOIP,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.UAN,
    PhoneNumberType.PAGER,
]


def spellings(number):
    yield from (
        phonenumbers.format_number(number, form)
        for form in (
            PhoneNumberFormat.E164,
            PhoneNumberFormat.INTERNATIONAL,
            PhoneNumberFormat.NATIONAL,
            PhoneNumberFormat.RFC3966,
        )
    )
    national = phonenumbers.national_significant_number(number)
    yield national
    yield f"00{number.country_code}{national}"
    yield f"{number.country_code}{national}"
    yield f"({national[:2]}) {national[2:]}"
    yield national[:-1]
    yield f"{national}7"
    yield f" +{number.country_code} {national[:3]}.{national[3:]} "


def by_the_library(text, region):
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return e164 if E164.fullmatch(e164) else None


def disagreements(region, asked_from):
    for kind in KINDS:
        number = phonenumbers.example_number_for_type(region, kind)
        if number is None:
            continue
        for text in spellings(number):
            if text.strip().endswith(".0"):
                continue  # a decimal, which is ours to drop
            found = read_phone(text, asked_from)
            ours = found.e164 if isinstance(found, Phone) else None
            theirs = by_the_library(text, asked_from)
            if isinstance(found, Twofold):  # two numbers: the library takes one of them
                ours = theirs if theirs in {f"+{found.national}", f"+{found.plus}"} else None
            elif theirs is None and ours == f"+{text}":
                theirs = ours  # one valid reading: with the + that is missing
            if ours != theirs:
                yield text, asked_from, found


@pytest.mark.parametrize("letter", sorted({region[0] for region in phonenumbers.SUPPORTED_REGIONS}))
def test_ordinary_spellings_of_every_countrys_numbers_are_read_as_libphonenumber_reads_them(letter):
    regions = sorted(region for region in phonenumbers.SUPPORTED_REGIONS if region.startswith(letter))
    found = [wrong for region in regions for home in (region, "US") for wrong in disagreements(region, home)]
    assert found == []
