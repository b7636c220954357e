"""Does every row that is not sent say why?"""

import pytest

from .building import planned, words_of

ROWS = [
    ["415-555-2671", "paused"],
    ["+14155552671", "paused"],
    ["nobody", "paused"],
    ["+14155552671", "DNC"],
    ["", ""],
    ["+14155552672", "active"],
]


def test_the_sentences_of_a_stretch_come_in_the_order_of_the_file():
    plan = planned("phone status", ROWS)
    assert words_of(plan) == ["superseded", "superseded", "invalid_phone", "updated", "blank", "updated"]
    assert [place for place, _ in plan.reasons.between(1, 5)] == [1, 2]
    assert [why[:40] for _, why in plan.reasons.between(0, 3)] == [
        "Row 5 says something else of this contac",
        "Row 5 says something else of this contac",
        'Row 4, Phone (A4): "nobody" is not a pho',
    ]


def test_they_are_counted_and_found_one_by_one():
    reasons = planned("phone status", ROWS).reasons
    assert len(reasons) == 3
    assert list(reasons) == [0, 1, 2]
    assert dict(reasons.between(0, 6)) == dict(reasons)
    assert 3 not in reasons


@pytest.mark.parametrize("place", [-1, 3, 4, 6])
def test_a_row_that_has_none_is_no_key(place):
    with pytest.raises(KeyError):
        planned("phone status", ROWS).reasons[place]
