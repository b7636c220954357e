"""Does a column hold the same numbers as its cells, read one by one? `read_phone` has the word."""

import os
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.plan import numbering, phones
from bulk_sync.plan.numbering import calling_code
from bulk_sync.plan.phone import Dialling, Phone, read_phone
from bulk_sync.plan.phones import Phones
from bulk_sync.plan.values import trimmed

from .spellings import BEFORE, BEHIND, BETWEEN, NOTES, ODDITIES, Spellings, examples
from .test_phone import AMBIGUOUS, SPELLINGS, spellings

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
CHECKS = ("valid", "possible")


@pytest.fixture(autouse=True)
def _by_column(monkeypatch):
    """Decide every column by column, however short, and by every country's patterns, however rare."""
    monkeypatch.setattr(phones, "WORTH_IT", 1)
    monkeypatch.setattr(phones, "FEW", 1)


def read(cells, diallings):
    """What a column says of each cell: as `read_phone` would, or None where it is blank."""
    distinct = list(dict.fromkeys(diallings))
    which = np.array([distinct.index(each) for each in diallings], dtype=np.int64)
    column = Phones().read(pd.Series(cells, dtype=object), distinct, which)
    phones = [Phone(*map(np.generic.item, phone)) for phone in zip(*column.phones.values(), strict=True)]
    assert {phones[at] for at in column.refused} <= {Phone(0, 0)}
    return [column.refused.get(at, phone if phone.digits else None) for at, phone in enumerate(phones)]


def disagreements(cells, diallings):
    for cell, dialling, found in zip(cells, diallings, read(cells, diallings), strict=True):
        text = trimmed(cell)
        expected = read_phone(text, dialling) if text else None
        if found != expected:
            yield cell, dialling, found, expected


def everywhere(asked, check):
    """Each of the cells as it is dialled in its region, by every decision about a missing plus, and by code columns."""
    settled = (None, True, False)
    for at, (cell, region) in enumerate(asked):
        yield cell, Dialling(region, check=check, plus_missing=settled[at % 3])
        code = str(calling_code(region) or "")
        yield cell, Dialling(region, (code or "44", "49", "1", "39", "1787", "800")[at % 6], check, settled[at % 3])


@pytest.mark.parametrize("check", CHECKS)
def test_every_countrys_examples_are_read_as_one_by_one(check):
    asked = [
        (text, home)
        for at, (region, number) in enumerate(examples())
        for turn, text in enumerate(spellings(number))
        for home in (region, "US")
        if THOROUGH or (at + turn) % 23 == (home == "US") * 5
    ]
    assert list(disagreements(*zip(*everywhere(asked, check), strict=True))) == []


@pytest.mark.trial
@pytest.mark.parametrize("check", CHECKS)
def test_generated_spellings_are_read_as_one_by_one(check):
    drawn = Spellings(seed=len(check))
    for _ in range(50 if THOROUGH else 1):
        asked = [drawn.one() for _ in range(10_000 if THOROUGH else 3_000)]
        assert list(disagreements(*zip(*everywhere(asked, check), strict=True))) == []


PIECES = st.one_of(
    st.text("0123456789", min_size=1, max_size=12),
    st.sampled_from(["+1", "+49", "49", "0", "00", "011", "+", *BEFORE, *BEHIND, *BETWEEN, *NOTES, *ODDITIES]),
    st.text(max_size=2),
)


@given(
    st.lists(PIECES, max_size=7).map("".join),
    st.sampled_from(["US", "DE", "IT", "AR", "BR", "AT", "LV", "NC", None]),
    st.sampled_from([None, "1", "49", "39", "1787"]),
    st.sampled_from(CHECKS),
    st.sampled_from([None, True, False]),
)
def test_whatever_a_cell_holds_it_is_read_as_one_by_one(cell, region, code, check, plus_missing):
    assert list(disagreements([cell], [Dialling(region, code, check, plus_missing)])) == []


def test_the_spellings_that_other_tests_name_are_read_as_one_by_one():
    asked = [(cell, "US") for cell in SPELLINGS] + [*AMBIGUOUS, ("0 (0) 4 70)0000", "SJ"), ("x" * 300, "US")]
    asked += [("017844301234", "MX"), ("+52 017844301234", "MX"), ("+7 (0) 77234346769", "KZ")]
    asked += [("+113101234", "YE")]  # nothing is dropped where a number without its area code would be left
    asked += [(cell, region) for cell in ODDITIES for region in ("US", "DE", "LV", "NC", "AU")]
    asked += [
        (f"{number} {note}", region)
        for note in NOTES
        for number, region in (("030 123456", "DE"), ("4155552671", "US"))
    ]
    for check in CHECKS:
        assert list(disagreements(*zip(*everywhere(asked, check), strict=True))) == []


PLAIN = {
    "US": "(415) 555-2671|+44 20 7946 0123|415.555.2671| 1-415-555-2671 |4155552671.0|415-555-2671 x12|+49 0171 1234567"
    "|011 52 55 1234 5678|415\u2011555\u20112671|'4155552671|+44 (0)20 7946 0958|23456|99999999999999|(76) 5432",
    "DE": "0171 1234567|030 1234567|4915112345678|0049 171 1234567|+49 (0)171 1234567|301234567.0",
    "FR": "06 12 34 56 78|01.23.45.67.89|+33 6 12 34 56 78|33612345678",
    "GB": "020 7946 0958|07400 123456|(020) 7946 0958|447400123456",
    "IT": "06 1234567|312 345 6789|393123456789",
    "BR": "(11) 96123-4567|5511961234567",
    "MX": "55 1234 5678|+52 55 1234 5678",
}


@pytest.mark.parametrize("region", PLAIN)
def test_the_plain_majority_and_plain_junk_never_reach_the_slow_way(region, monkeypatch):
    texts, coded = PLAIN[region].split("|"), ["20 7946 0958", "020 7946 0958"]
    monkeypatch.setattr(phones, "read_phone", None)
    assert len(read(texts, [Dialling(region)] * len(texts))) == len(texts)
    assert len(read(coded, [Dialling(region, "44")] * 2)) == 2


def test_an_odd_cell_is_asked_about_once(monkeypatch):
    asked = Counter()
    monkeypatch.setattr(phones, "read_phone", lambda *cell: asked.update([cell]) or read_phone(*cell))
    reader, dialling = Phones(), Dialling("US")
    for _ in range(2):
        column = reader.read(pd.Series(["1-800-FLOWERS"] * 5 + ["none"] * 5), [dialling], np.zeros(10, dtype=np.int64))
    assert asked == {("1-800-FLOWERS", dialling): 1, ("none", dialling): 1}
    assert column.phones["digits"].tolist() == [18003569377] * 5 + [0] * 5
    assert sorted(column.refused) == [5, 6, 7, 8, 9]


def test_a_short_column_and_a_rare_country_are_not_worth_a_pattern(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(phones, "_Together", None)
    assert read(["+14155552671"], [Dialling("US")]) == [Phone(14155552671, 1)]
    monkeypatch.undo()
    monkeypatch.setattr(phones, "WORTH_IT", 1)
    monkeypatch.setattr(phones, "code_patterns", lambda code: None)
    assert read(["+14155552671"], [Dialling("US")]) == [Phone(14155552671, 1)]


def test_a_pattern_that_is_wrong_is_noticed(monkeypatch):
    """The tests above can fail: a country with other rules than phonenumbers' gives other answers."""
    right, asked = numbering.code_patterns(49), ["+49 30 23125000", "+49 1 2345"]
    assert list(disagreements(asked, [Dialling("DE")] * 2)) == []
    monkeypatch.setattr(phones, "code_patterns", lambda code: replace(right, valid="^", general="^"))
    assert [cell for cell, *_ in disagreements(asked, [Dialling("DE")] * 2)] == ["+49 1 2345"]
