"""The number of a cell, in numbers from the ranges that are kept for fiction, where a country has one."""

import phonenumbers
import pytest
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from bulk_sync.errors import Code
from bulk_sync.model import E164
from bulk_sync.plan import phone as judge
from bulk_sync.plan.phone import Dialling, Phone, Twofold
from bulk_sync.plan.values import Rejection

from .building import wide


def read_phone(text, region, check="valid", **more):
    """What a cell holds that is dialled in `region`."""
    return judge.read_phone(text, Dialling(region, check=check, **more))


def read(text, region="US", check="valid", **more):
    """The number as the API takes it, or the word of the code."""
    found = read_phone(text, region, check, **more)
    return found.e164 if isinstance(found, Phone) else found.code.word


SPELLED = (
    "4155552671|(415) 555-2671|415-555-2671|415.555.2671|415 555 2671| 415 555 2671 |1-415-555-2671|14155552671"
    "|+1 415 555 2671|+1 (415) 555-2671|+1-415-555-2671|'4155552671|\u2019+14155552671|tel:+1-415-555-2671"
    "|415\u00a0555\u00a02671|415\u202f555\u202f2671|415\u2011555\u20112671|415\u2013555\u20132671"
    "|\u202a+14155552671\u202c|\ufeff4155552671|415\u200b5552671|4155552671.0|+14155552671.0"
    '|="4155552671"|call 415-555-2671|\u0664\u0661\u0665\u0665\u0665\u0665\u0662\u0666\u0667\u0661'
)
SPELLINGS = [*SPELLED.split("|"), wide("4155552671"), wide("+14155552671")]


@pytest.mark.parametrize("text", SPELLINGS)
def test_one_number_is_understood_in_every_spelling(text):
    assert read(text) == "+14155552671"


DIALLED = """
    020 7946 0123 | GB | +442079460123      ; +44 (0)20 7946 0123 | US | +442079460123
    00 44 20 7946 0123 | DE | +442079460123 ; 011 44 20 7946 0123 | US | +442079460123
    0491 570 156 | AU | +61491570156        ; 0011 44 20 7946 0123 | AU | +442079460123
    030 23125 0042 | DE | +4930231250042    ; 06 1234 5678 | IT | +390612345678
    (11) 96123-4567 | BR | +5511961234567   ; 55 1234 5678 | MX | +525512345678
    8 (912) 345-67-89 | RU | +79123456789   ; +800 1234 5678 | US | +80012345678
    1-800-FLOWERS | US | +18003569377       ; 030.123456.70 | DE | +493012345670
    0044 20 7946 0123 | US | invalid_phone  ; 011 44 20 7946 0123 | GB | invalid_phone
    06221/123456 | DE | +496221123456       ; 069/90009123 | DE | +496990009123
    01/588580 | AT | +431588580             ; +49 (0)30/1234567 | DE | +49301234567
    415-555-2671, ext. 5 | US | +14155552671; 415-555-2671 or | US | +14155552671
    415-555-2671, | US | +14155552671       ; 415-555-2671 / | US | +14155552671
"""


@pytest.mark.parametrize("row", [row for row in DIALLED.replace("\n", ";").split(";") if row.strip()])
def test_a_number_is_read_as_somebody_in_the_region_would_dial_it(row):
    text, region, expected = map(str.strip, row.split("|"))
    assert read(text, region) == expected


EXTENDED = ["415-555-2671 x12", "415-555-2671 ext. 12", "415-555-2671 #12", "415-555-2671;ext=5"]


@pytest.mark.parametrize("text", [*EXTENDED, "+1 415 555 2671 extension 12"])
def test_an_extension_is_dropped_and_said(text):
    assert read_phone(text, "US") == Phone(14155552671, 1, completed=not text.startswith("+"), shortened=True)


@pytest.mark.parametrize(
    ("text", "region", "completed"),
    [
        *(("415-555-2671", "US", True), ("0415 555 267", "AU", True), ("+1 415-555-2671", "US", False)),
        *(("011 44 20 7946 0123", "US", False), ("1 415 555 2671", "US", False), ("tel:+14155552671", "US", False)),
    ],
)
def test_it_is_said_whether_the_country_code_was_completed(text, region, completed):
    assert read_phone(text, region).completed is completed


def test_without_a_region_a_number_must_carry_its_country_code():
    assert read("+14155552671", None) == "+14155552671"
    refused = read_phone("415-555-2671", None)
    assert refused.code is Code.INVALID_PHONE
    assert "country code" in refused.why
    assert "--region" in refused.why


REFUSED = {
    "too few digits": ["2671", "415555267"],
    "too many digits": ["415555267199", "9" * 300],
    "area code": ["555-2671"],
    "country code that does not exist": ["+999 123 456 789"],
    "no such number": ["+1 123 456 7890"],
    "is not a phone number": ["unknown", "#N/A", "n/a", "-", "0", "maria@example.com"],
}


@pytest.mark.parametrize(("text", "words"), [(text, words) for words, texts in REFUSED.items() for text in texts])
def test_what_is_no_number_is_refused_in_words_that_say_why(text, words):
    refused = read_phone(text, "US")
    assert refused.code is Code.INVALID_PHONE
    assert words in refused.why
    assert refused.why.startswith('"')


def test_possible_accepts_what_nobody_was_given():
    assert read("+1 123 456 7890", check="valid") == "invalid_phone"
    assert read("+1 123 456 7890", check="possible") == "+11234567890"


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("(01212) 31-07-43", "GB", "+441212310743"),
        ("+49 30 26.09.54", "DE", "+4930260954"),
        ("0664 123456 26.11.26", "AT", "invalid_phone"),
    ],
)
def test_an_area_code_by_itself_is_no_number_that_has_a_date_beside_it(text, region, expected):
    assert read(text, region, "possible") == expected


@pytest.mark.parametrize(("text", "region"), [("555-2671", "US"), ("123456", "DE"), ("2345678", "CA")])
def test_possible_never_means_local_only(text, region):
    reason = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(text, region))
    found = read_phone(text, region, "possible")
    assert isinstance(found, Phone) == (reason == phonenumbers.ValidationResult.IS_POSSIBLE)


def test_what_is_possible_but_too_short_for_the_api_is_refused():
    """Niue has numbers of four digits: +683 4002 is eight with its code; Saint Helena's +290 8xxx is fine too."""
    regions = phonenumbers.SUPPORTED_REGIONS
    found = [read("2" * size, region, "possible") for region in regions for size in range(3, 16)]
    assert [each for each in found if each.startswith("+") and not E164.fullmatch(each)] == []


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800", "🙂", "+", "++", "(", "x" * 10_000, "1" * 10_000, "/" * 500])
@pytest.mark.parametrize("region", ["US", None])
def test_no_cell_is_an_exception(text, region):
    assert isinstance(read_phone(text, region), Rejection)


def test_a_message_quotes_the_cell_on_one_line_and_cut():
    refused = read_phone("no\nnumber " + "very " * 30 + "long", "US")
    assert "\n" not in refused.why
    assert len(refused.why) < 250


DECIMALS = "301234567.0|+49301234567.0|0301234567.0|030 1234567.0|(030) 1234567.0|+49 30 1234567.0|+49-30-1234567.0"


@pytest.mark.parametrize("text", [*DECIMALS.split("|"), wide("301234567.0"), "'301234567.0", " 301234567.0 "])
def test_a_decimal_zero_is_no_digit_of_the_number(text):
    assert read(text, "DE") == "+49301234567"


MANGLED = (
    '1.41556E+10|1,41556E+10|1.41556e+10|1.41556e10|1.4E10|4E+09|+1.41556E+10|\'1.41556E+10| 1.41556E+10 |"4.93012E+11"'
    "|1.41556 E+10|4.93012E+11|4,93012E+011|14155552671E0|4.9301E11;|(4.93012E+11)|=4.93012E+11|tel:4.93012E+11"
    "|4.93012E+11 (mobile)"
)


@pytest.mark.parametrize("text", [*MANGLED.split("|"), wide("4.93012E+11")])
@pytest.mark.parametrize("region", ["US", "DE", None])
def test_a_number_in_scientific_notation_has_lost_digits(text, region):
    assert read(text, region) == "mangled_phone"


ODD = "4.93012E-11|-4.93E+11|4.9301E+11.0|1.41556\u00d710^10|1.2E+10 ext 5|4.9301E11,|4.9301E11/"


@pytest.mark.parametrize("region", ["US", "DE", "AT", "IN", "ID"])
def test_no_mangled_spelling_ever_becomes_a_number(region):
    assert [text for text in ODD.split("|") if not isinstance(read_phone(text, region), Rejection)] == []


SEVERAL = "$ / %;$/%;$, %;$ or %;$ OR %;+1 $ or %;$\n%;$|%;+1 $ +1 %;+1$+1%;+1 $ ext 4 / +1 %;$\uff0c%;$\uff0f%"
AMBIGUOUS = [
    *((text.replace("$", "415-555-2671").replace("%", "415-555-2672"), "US") for text in SEVERAL.split(";")),
    *(("415-555-2671; 415-555-2672", "US"), ("415-555-2671;415-555-2672", "US"), ("4155552671/4155552672", "US")),
    *((text, "DE") for text in ("030 123456 / 030 654321", "030/123456, 030/654321", "+4930123456/+4930654321")),
    *((text, "AT") for text in ("01 58858 / 01 58859", "01 58858/01 58859")),
]


@pytest.mark.parametrize(("text", "region"), AMBIGUOUS)
@pytest.mark.parametrize("check", ["valid", "possible"])
def test_a_cell_with_several_numbers_is_not_guessed_at(text, region, check):
    assert read(text, region, check) == "ambiguous_phone"


KINDS = [PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.TOLL_FREE, PhoneNumberType.VOIP]
KINDS += [PhoneNumberType.PREMIUM_RATE, PhoneNumberType.UAN, PhoneNumberType.PAGER]


def spellings(number):
    """The ordinary ones of a number, and two that are none of it."""
    for form in ("E164", "INTERNATIONAL", "NATIONAL", "RFC3966"):
        yield phonenumbers.format_number(number, getattr(PhoneNumberFormat, form))
    national, code = phonenumbers.national_significant_number(number), number.country_code
    yield from (national, f"00{code}{national}", f"{code}{national}", f"({national[:2]}) {national[2:]}")
    yield from (national[:-1], f"{national}7", f" +{code} {national[:3]}.{national[3:]} ")


def by_the_library(text, region):
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return e164 if phonenumbers.is_valid_number(number) and E164.fullmatch(e164) else None


def disagreements(region, asked_from):
    numbers = filter(None, (phonenumbers.example_number_for_type(region, kind) for kind in KINDS))
    for text in (text for number in numbers for text in spellings(number)):
        if text.strip().endswith(".0"):
            continue  # a decimal, which is ours to drop
        found = read_phone(text, asked_from)
        ours, theirs = found.e164 if isinstance(found, Phone) else None, by_the_library(text, asked_from)
        if isinstance(found, Twofold):  # two numbers: the library takes one of them
            ours = theirs if theirs in {f"+{found.national}", f"+{found.plus}"} else None
        elif theirs is None and ours == f"+{text}":
            theirs = ours  # one valid reading: with the + that is missing
        if ours != theirs:
            yield text, asked_from, found


@pytest.mark.parametrize("letter", sorted({region[0] for region in phonenumbers.SUPPORTED_REGIONS}))
def test_ordinary_spellings_of_every_countrys_numbers_are_read_as_libphonenumber_reads_them(letter):
    regions = sorted(region for region in phonenumbers.SUPPORTED_REGIONS if region.startswith(letter))
    assert [wrong for region in regions for home in (region, "US") for wrong in disagreements(region, home)] == []
