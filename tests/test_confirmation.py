"""Is the question before a run said so that whoever reads it can decide?"""

from dataclasses import replace
from datetime import datetime

import pytest

from bulk_sync.confirmation import Question
from bulk_sync.errors import Code
from bulk_sync.model import Kind

NOON = datetime.fromisoformat("2026-11-27T12:00").timestamp()
RATE = "at the API's 30 updates a minute"
UPDATES = (
    "This would send at most 1,142 updates: 23 set DNC, 61 stop outreach, at most 12 restart outreach, at most 46 move "
    "to another campaign, 1,000 make other changes. At most 3 of these also move to another campaign. Contacts in DNC "
    "stay there."
)
ALL = Question(
    kinds={Kind.DNC: 23, Kind.STOPS: 61, Kind.REST: 1046, Kind.RESTARTS: 12},
    moves=46,
    also_move=3,
    zones=False,
    open="Contacts in DNC stay there.",
    before="Run 20261127-1000-abcd would continue: 9 updates already done.",
    left_out={Code.DUPLICATE: 5, Code.INVALID_PHONE: 3},
    seconds=23_040.0,
    rate="the API's 30 updates a minute",
    now=NOON,
    limits=" It stops early at --until 14:00.",
)


def test_everything_is_said_in_the_order_in_which_it_matters():
    assert ALL.text().splitlines() == [
        "Run 20261127-1000-abcd would continue: 9 updates already done.",
        UPDATES,
        "Left out: 8 rows, 5 skipped (duplicate), 3 with errors (invalid_phone).",
        f"About 6 h 24 min {RATE}; if started now, it finishes about 18:24. It stops early at --until 14:00.",
        "Send them?",
    ]


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ({Code.BLANK: 1}, "1 row skipped (blank)."),
        ({Code.INVALID_PHONE: 1}, "1 row with an error (invalid_phone)."),
        ({Code.LEAVES_DNC: 2, Code.STAYS_IN_DNC: 1}, "3 rows, 1 skipped (leaves_dnc), 2 with errors (leaves_dnc)."),
        ({Code.UNCHECKED: 2, Code.BLANK: 1}, "3 rows, 1 skipped (blank), 2 not checked (unchecked)."),
        (
            dict(zip([each for each in Code if each.result.value == "error"], [9, 8, 7, 6, 5, 1], strict=False)),
            "36 rows with errors (9 missing_phone, 8 invalid_phone, 7 unknown_country, 6 ambiguous_phone, 6 more).",
        ),
    ],
)
def test_what_is_left_out_is_said_by_the_words_of_the_results(left_out, said):
    assert f"\nLeft out: {said}\n" in replace(ALL, left_out=left_out).text()


def test_a_run_that_ends_on_another_day_says_which():
    tomorrow = replace(ALL, seconds=86_400.0).text()
    assert f"About 24 h {RATE}; if started now, it finishes about 2026-11-28 12:00." in tomorrow
