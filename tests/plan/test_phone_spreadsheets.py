"""What do spreadsheets do to numbers? Decimals, lost digits, several numbers in one cell."""

import pytest

from bulk_sync.plan.rejection import Rejection

from .building import wide
from .phones import read, read_phone


@pytest.mark.parametrize(
    "text",
    [
        "301234567.0",
        "+49301234567.0",
        "0301234567.0",
        "030 1234567.0",
        "(030) 1234567.0",
        "+49 30 1234567.0",
        "+49-30-1234567.0",
        wide("301234567.0"),
        "'301234567.0",
        " 301234567.0 ",
    ],
)
def test_a_decimal_zero_is_no_digit_of_the_number(text):
    assert read(text, "DE") == "+49301234567"


def test_dots_between_digits_are_no_decimals():
    assert read("030.123456.70", "DE") == "+493012345670"


@pytest.mark.parametrize(
    "text",
    [
        "1.41556E+10",
        "1,41556E+10",
        "1.41556e+10",
        "1.41556e10",
        "1.4E10",
        "4E+09",
        "+1.41556E+10",
        "'1.41556E+10",
        " 1.41556E+10 ",
        "1.41556 E+10",
        "4.93012E+11",
        "4,93012E+011",
        "14155552671E0",
        "4.9301E11;",
        "(4.93012E+11)",
        '"4.93012E+11"',
        "=4.93012E+11",
        "tel:4.93012E+11",
        "4.93012E+11 (mobile)",
        wide("4.93012E+11"),
    ],
)
@pytest.mark.parametrize("region", ["US", "DE", None])
def test_a_number_in_scientific_notation_has_lost_digits(text, region):
    assert read(text, region) == "mangled_phone"


def test_no_mangled_spelling_ever_becomes_a_number():
    for region in ("US", "DE", "AT", "IN", "ID"):
        for text in (
            "4.93012E-11",
            "-4.93E+11",
            "4.9301E+11.0",
            "1.41556\u00d710^10",
            "1.2E+10 ext 5",
            "4.9301E11,",
            "4.9301E11/",
        ):
            assert isinstance(read_phone(text, region), Rejection), (text, region)


AMBIGUOUS = [
    ("415-555-2671 / 415-555-2672", "US"),
    ("4155552671/4155552672", "US"),
    ("415-555-2671, 415-555-2672", "US"),
    ("415-555-2671; 415-555-2672", "US"),
    ("415-555-2671;415-555-2672", "US"),
    ("415-555-2671 or 415-555-2672", "US"),
    ("415-555-2671 OR 415-555-2672", "US"),
    ("+14155552671 or 415-555-2672", "US"),
    ("4155552671\n4155552672", "US"),
    ("4155552671|4155552672", "US"),
    ("+14155552671 +14155552672", "US"),
    ("+14155552671+14155552672", "US"),
    ("+1 (415) 555-2671 ext 4 / +1 (415) 555-2672", "US"),
    ("030 123456 / 030 654321", "DE"),
    ("030/123456, 030/654321", "DE"),
    ("+4930123456/+4930654321", "DE"),
    ("01 58858 / 01 58859", "AT"),
    ("01 58858/01 58859", "AT"),
    ("4155552671，4155552672", "US"),
    ("4155552671／4155552672", "US"),
]


@pytest.mark.parametrize(("text", "region"), AMBIGUOUS)
def test_a_cell_with_several_numbers_is_not_guessed_at(text, region):
    assert read(text, region) == "ambiguous_phone"


@pytest.mark.parametrize(("text", "region"), AMBIGUOUS)
def test_several_numbers_are_ambiguous_when_they_only_have_to_be_possible_too(text, region):
    assert read(text, region, "possible") == "ambiguous_phone"


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("06221/123456", "DE", "+496221123456"),
        ("069/90009123", "DE", "+496990009123"),
        ("01/588580", "AT", "+431588580"),
        ("+49 (0)30/1234567", "DE", "+49301234567"),
        ("415-555-2671, ext. 5", "US", "+14155552671"),
        ("415-555-2671;ext=5", "US", "+14155552671"),
        ("415-555-2671 or", "US", "+14155552671"),
        ("415-555-2671,", "US", "+14155552671"),
        ("415-555-2671 /", "US", "+14155552671"),
    ],
)
def test_a_separator_inside_or_behind_one_number_does_not_make_two(text, region, e164):
    assert read(text, region) == e164
