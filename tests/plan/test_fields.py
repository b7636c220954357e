"""What do the cells that say what to change mean?"""

import pytest

from bulk_sync.errors import Code
from bulk_sync.plan.campaign import Campaigns
from bulk_sync.plan.rejection import Rejection
from bulk_sync.plan.values import is_uuid, read_id, read_timezone, reader_of

from .building import SPRING

read_name, read_variable = reader_of("name"), reader_of("var.x")


@pytest.mark.parametrize("reader", [Campaigns().read, read_id])
@pytest.mark.parametrize("text", [SPRING, SPRING.upper(), "00000000-0000-0000-0000-000000000000"])
def test_a_uuid_is_taken_as_it_stands(reader, text):
    assert reader(text) == text


@pytest.mark.parametrize(("reader", "code"), [(Campaigns().read, Code.UNKNOWN_CAMPAIGN), (read_id, Code.INVALID_ID)])
@pytest.mark.parametrize(
    "text",
    [
        "Spring",
        "17",
        SPRING[:-1],
        SPRING + "0",
        SPRING.replace("-", ""),
        f"{{{SPRING}}}",
        f"urn:uuid:{SPRING}",
        SPRING.replace("d", "g"),
        SPRING.replace("-", "\u2010"),
        f"{SPRING}\n",
        f"{SPRING}/../x",
        "+14155552671",
    ],
)
def test_what_is_no_uuid_is_refused_and_quoted(reader, code, text):
    refused = reader(text)
    assert refused.code is code
    assert refused.why.startswith('"')
    assert not is_uuid(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("America/New_York", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("AMERICA/NEW YORK", "America/New_York"),
        ("Europe/Kyiv", "Europe/Kyiv"),
        ("US/Eastern", "US/Eastern"),
        ("UTC", "UTC"),
        ("EST", "EST"),
        ("america/port-au-prince", "America/Port-au-Prince"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("Etc/GMT-5", "Etc/GMT-5"),
        ("etc/gmt+5", "Etc/GMT+5"),
        ("etc/gmt-5", "Etc/GMT-5"),
        ("ETC/GMT-14", "Etc/GMT-14"),
    ],
)
def test_a_time_zone_is_known_by_its_iana_name_in_any_case(text, name):
    assert read_timezone(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "Eastern",
        "New York",
        "GMT+2",
        "UTC+1",
        "+01:00",
        "PST8",
        "Etc/GMT5",
        "Europe/Atlantis",
        "posixrules",
        "localtime",
        "-",
        "America/",
    ],
)
def test_what_is_no_iana_name_is_refused(text):
    refused = read_timezone(text)
    assert isinstance(refused, Rejection)
    assert refused.code is Code.INVALID_TIMEZONE


def test_a_slip_in_a_time_zone_is_answered_with_what_was_probably_meant():
    assert "America/New_York" in read_timezone("America/NewYrok").why


def test_a_name_may_have_255_characters_and_no_more():
    assert read_name("é" * 255) == "é" * 255
    refused = read_name("x" * 256)
    assert refused.code is Code.NAME_TOO_LONG
    assert "256" in refused.why
    assert "255" in refused.why


@pytest.mark.parametrize("text", ["Anna", "José García", "O'Neil", "李小龍", "=1+1", "a\nb", "🙂", "NULL", "NA"])
def test_a_name_is_kept_as_it_is(text):
    assert read_name(text) == text


@pytest.mark.parametrize("text", ["caf\udce9", "a\0b"])
def test_a_name_that_json_cannot_carry_is_refused(text):
    assert read_name(text).code is Code.UNREADABLE_ROW
    assert read_variable(text).code is Code.INVALID_VARIABLES


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#n/a"])
def test_a_spreadsheets_error_is_no_value(text):
    assert read_variable(text).code is Code.INVALID_VARIABLES


@pytest.mark.parametrize("text", ["x", "0", "TRUE", "null", "12.50", "a, b", "#1", "née", "{}", "x" * 5000])
def test_a_variable_is_any_text(text):
    assert read_variable(text) == text
