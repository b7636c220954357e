"""Which number does a cell hold? Numbers from the ranges that are kept for fiction, where a country has one."""

import phonenumbers
import pytest

from bulk_sync.errors import Code
from bulk_sync.model import E164
from bulk_sync.plan.phone import Phone
from bulk_sync.plan.rejection import Rejection

from .building import wide
from .phones import read, read_phone

SPELLINGS = [
    "4155552671",
    "(415) 555-2671",
    "415-555-2671",
    "415.555.2671",
    "415 555 2671",
    " 415 555 2671 ",
    "1-415-555-2671",
    "14155552671",
    "+1 415 555 2671",
    "+1 (415) 555-2671",
    "+1-415-555-2671",
    "'4155552671",
    "’+14155552671",
    "tel:+1-415-555-2671",
    "415\u00a0555\u00a02671",
    "415\u202f555\u202f2671",
    "415\u2011555\u20112671",
    "415\u2013555\u20132671",
    wide("4155552671"),
    wide("+14155552671"),
    "\u202a+14155552671\u202c",
    "\ufeff4155552671",
    "415\u200b5552671",
    "\u0664\u0661\u0665\u0665\u0665\u0665\u0662\u0666\u0667\u0661",
    "4155552671.0",
    "+14155552671.0",
    '="4155552671"',
    "call 415-555-2671",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_one_number_is_understood_in_every_spelling(text):
    assert read(text) == "+14155552671"


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("020 7946 0123", "GB", "+442079460123"),
        ("+44 (0)20 7946 0123", "US", "+442079460123"),
        ("00 44 20 7946 0123", "DE", "+442079460123"),
        ("011 44 20 7946 0123", "US", "+442079460123"),
        ("0491 570 156", "AU", "+61491570156"),
        ("0011 44 20 7946 0123", "AU", "+442079460123"),
        ("030 23125 0042", "DE", "+4930231250042"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("(11) 96123-4567", "BR", "+5511961234567"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("+800 1234 5678", "US", "+80012345678"),
        ("1-800-FLOWERS", "US", "+18003569377"),
    ],
)
def test_a_number_is_read_as_somebody_in_the_region_would_dial_it(text, region, e164):
    assert read(text, region) == e164


@pytest.mark.parametrize(("text", "region"), [("0044 20 7946 0123", "US"), ("011 44 20 7946 0123", "GB")])
def test_an_international_prefix_counts_only_where_it_is_dialled(text, region):
    assert read(text, region) == "invalid_phone"


@pytest.mark.parametrize(
    "text", ["415-555-2671 x12", "415-555-2671 ext. 12", "415-555-2671 #12", "+1 415 555 2671 extension 12"]
)
def test_an_extension_is_dropped_and_said(text):
    assert read_phone(text, "US") == Phone(
        14155552671, 1, completed=not text.startswith("+"), own=text.startswith("+"), shortened=True
    )


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("415-555-2671", True),
        ("0415 555 267", True),
        ("+1 415-555-2671", False),
        ("011 44 20 7946 0123", False),
        ("1 415 555 2671", False),
        ("tel:+14155552671", False),
    ],
)
def test_it_is_said_whether_the_country_code_was_completed(text, completed):
    found = read_phone(text, "AU" if text.startswith("0415") else "US")
    assert isinstance(found, Phone)
    assert found.completed is completed


def test_without_a_region_a_number_must_carry_its_country_code():
    assert read("+14155552671", None) == "+14155552671"
    refused = read_phone("415-555-2671", None)
    assert refused.code is Code.INVALID_PHONE
    assert "country code" in refused.why
    assert "--region" in refused.why


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2671", "too few digits"),
        ("415555267", "too few digits"),
        ("415555267199", "too many digits"),
        ("555-2671", "area code"),
        ("9" * 300, "too many digits"),
        ("+999 123 456 789", "country code that does not exist"),
        ("+1 123 456 7890", "no such number"),
        ("unknown", "is not a phone number"),
        ("#N/A", "is not a phone number"),
        ("n/a", "is not a phone number"),
        ("-", "is not a phone number"),
        ("0", "is not a phone number"),
        ("maria@example.com", "is not a phone number"),
    ],
)
def test_what_is_no_number_is_refused_in_words_that_say_why(text, words):
    refused = read_phone(text, "US")
    assert isinstance(refused, Rejection)
    assert refused.code is Code.INVALID_PHONE
    assert words in refused.why
    assert refused.why.startswith('"')


def test_possible_accepts_what_nobody_was_given():
    assert read("+1 123 456 7890", check="valid") == "invalid_phone"
    assert read("+1 123 456 7890", check="possible") == "+11234567890"


@pytest.mark.parametrize(("text", "region"), [("555-2671", "US"), ("123456", "DE"), ("2345678", "CA")])
def test_possible_never_means_local_only(text, region):
    number = phonenumbers.parse(text, region)
    reason = phonenumbers.is_possible_number_with_reason(number)
    found = read_phone(text, region, "possible")
    assert isinstance(found, Phone) == (reason == phonenumbers.ValidationResult.IS_POSSIBLE)


def test_what_is_possible_but_too_short_for_the_api_is_refused():
    """Niue has numbers of four digits: +683 4002 is eight with its code; Saint Helena's +290 8xxx is fine too."""
    for region in phonenumbers.SUPPORTED_REGIONS:
        for length in range(3, 16):
            found = read_phone("2" * length, region, "possible")
            if isinstance(found, Phone):
                assert E164.fullmatch(found.e164)


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800", "🙂", "+", "++", "(", "x" * 10_000, "1" * 10_000, "/" * 500])
@pytest.mark.parametrize("region", ["US", None])
def test_no_cell_is_an_exception(text, region):
    assert isinstance(read_phone(text, region), Rejection)


def test_a_message_quotes_the_cell_on_one_line_and_cut():
    refused = read_phone("no\nnumber " + "very " * 30 + "long", "US")
    assert "\n" not in refused.why
    assert len(refused.why) < 250
