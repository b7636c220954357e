"""Does a column hold the same numbers as its cells, asked one by one? `read_phone` (phonenumbers) has the word."""

import os

import numpy as np
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.plan import phones
from bulk_sync.plan.cells import trimmed
from bulk_sync.plan.dialling import countries, reading
from bulk_sync.plan.phone import Phone, read_phone
from bulk_sync.plan.phones import Phones

from .spellings import BEFORE, BEHIND, BETWEEN, REGIONS, Spellings, examples
from .test_phone import SPELLINGS
from .test_phone_agreement import spellings
from .test_phone_spreadsheets import AMBIGUOUS

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
CHECKS = ("valid", "possible")
HOMES = [None, *REGIONS]


@pytest.fixture(autouse=True)
def _by_column(monkeypatch):
    """Decide every column by column, however short, and by every country's tables, however rare."""
    monkeypatch.setattr(phones, "WORTH_IT", 1)
    monkeypatch.setattr(countries, "OFTEN", 1)


def read(cells, homes, check="valid"):
    """What a column says of each cell: as `read_phone` would, or None where it is blank."""
    column = Phones(check).read(cells, HOMES, np.array([HOMES.index(home) for home in homes], dtype=np.int64))
    found = []
    for at in range(len(cells)):
        phone = Phone(int(column.digits[at]), bool(column.completed[at]), bool(column.shortened[at]))
        found.append(None if column.blank[at] else column.refused.get(at, phone))
    return found


def disagreements(asked, check):
    cells, homes = zip(*asked, strict=True)
    for cell, home, found in zip(cells, homes, read(cells, homes, check), strict=True):
        text = trimmed(cell)
        expected = read_phone(text, home, check) if text else None
        if found != expected:
            yield cell, home, found, expected


@pytest.mark.parametrize("check", CHECKS)
def test_every_countrys_examples_are_read_as_one_by_one(check):
    asked = [
        (text, home)
        for at, (region, number) in enumerate(examples())
        for turn, text in enumerate(spellings(number))
        for home in (region, "US")
        if THOROUGH or (at + turn) % 11 == (home == "US") * 5
    ]
    assert list(disagreements(asked, check)) == []


@pytest.mark.trial
@pytest.mark.parametrize("check", CHECKS)
def test_generated_spellings_are_read_as_one_by_one(check):
    drawn = Spellings(seed=len(check))
    for _ in range(50 if THOROUGH else 1):
        asked = [drawn.one() for _ in range(10_000 if THOROUGH else 3_000)]
        assert list(disagreements(asked, check)) == []


PIECES = st.one_of(
    st.text("0123456789", min_size=1, max_size=12),
    st.sampled_from(["+1", "+49", "0", "00", "011", "+", *BEFORE, *BEHIND, *BETWEEN]),
    st.text(max_size=2),
)


@given(st.lists(PIECES, max_size=7).map("".join), st.sampled_from(["US", "DE", "IT", "AR", "BR", None]))
def test_whatever_a_cell_holds_it_is_read_as_one_by_one(cell, home):
    assert list(disagreements([(cell, home)], "valid")) == []


def test_the_spellings_that_other_tests_name_are_read_as_one_by_one():
    asked = [(cell, "US") for cell in SPELLINGS] + [*AMBIGUOUS, ("0 (0) 4 70)0000", "SJ"), ("x" * 300, "US")]
    assert list(disagreements(asked, "valid")) == []
    assert list(disagreements(asked, "possible")) == []


def test_the_plain_majority_never_reaches_the_slow_way(monkeypatch):
    cells = [
        "(415) 555-2671",
        "+44 20 7946 0123",
        "415.555.2671",
        " 1-415-555-2671 ",
        "4155552671.0",
        "011 52 55 1234 5678",
    ]
    cells += ["415-555-2671 x12", "415\u2011555\u20112671", "'4155552671", "tel:+1-415-555-2671", "123456", "9" * 15]
    monkeypatch.setattr(phones, "read_phone", None)
    assert len(read(cells, ["US"] * len(cells))) == len(cells)


def test_an_odd_cell_is_asked_about_once(monkeypatch):
    asked = []
    monkeypatch.setattr(phones, "read_phone", lambda *cell: asked.append(cell) or read_phone(*cell))
    reader = Phones("valid")
    for _ in range(2):
        column = reader.read(["1-800-FLOWERS"] * 5 + ["none"] * 5, ["US"], np.zeros(10, dtype=np.int64))
    assert asked == [("1-800-FLOWERS", "US", "valid"), ("none", "US", "valid")]
    assert column.digits.tolist() == [18003569377] * 5 + [0] * 5
    assert sorted(column.refused) == [5, 6, 7, 8, 9]


def test_a_short_column_and_a_rare_country_are_not_worth_a_table(monkeypatch):
    monkeypatch.setattr(phones, "WORTH_IT", 1_000)
    monkeypatch.setattr(reading, "read_numbers", None)
    assert read(["+14155552671"], ["US"]) == [Phone(14155552671)]
    monkeypatch.undo()
    monkeypatch.setattr(phones, "WORTH_IT", 1)
    monkeypatch.setattr(countries, "known_countries", countries.Countries)
    monkeypatch.setattr(countries.country, "general", None)
    assert read(["+14155552671"], ["US"]) == [Phone(14155552671)]


def test_a_table_that_is_wrong_is_noticed(monkeypatch):
    """The tests above can fail: a country with other rules than phonenumbers' gives other answers."""
    wrong = countries.Countries()
    monkeypatch.setattr(countries, "known_countries", lambda: wrong)
    asked = [(f"+49 30 2312500{digit}", "DE") for digit in range(10)]
    assert list(disagreements(asked, "valid")) == []
    wrong.first_valid[wrong.place("DE")] = 0
    assert len(list(disagreements(asked, "valid"))) == len(asked)


def test_metadata_of_a_kind_that_is_not_known_here_leaves_a_country_to_phonenumbers(monkeypatch):
    """A later release may write its patterns otherwise: then the tables stand aside."""
    rules = phonenumbers.PhoneMetadata.metadata_for_region("DE", None)
    fresh = countries.Countries()
    monkeypatch.setattr(countries, "known_countries", lambda: fresh)
    monkeypatch.setattr(rules.general_desc, "_mutable", True)
    monkeypatch.setattr(rules.general_desc, "national_number_pattern", r"(?!00)[2-9]\d{5,14}")
    asked = [("030 23125000", "DE"), ("+49 30 23125000", "US"), ("0044 20 7946 0123", "DE")]
    assert list(disagreements(asked, "valid")) == []
    assert not fresh.at_hand(np.array([fresh.place("DE")])).any()
    assert fresh.at_hand(np.array([fresh.place("GB")])).all()
