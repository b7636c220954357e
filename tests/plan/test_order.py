import numpy as np
import pytest

from bulk_sync.model import Kind
from bulk_sync.plan.order import kind_of, sequence
from bulk_sync.plan.status import Statuses

from .building import SPRING, planned


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (None, Kind.REST),
        ("DNC", Kind.DNC),
        ("paused", Kind.STOPS),
        ("fulfilled", Kind.STOPS),
        ("not-qualifies", Kind.STOPS),
        ("not-interested", Kind.STOPS),
        ("not-answering", Kind.STOPS),
        ("wrong-number", Kind.STOPS),
        ("active", Kind.RESTARTS),
        ("talk-to-human", Kind.RESTARTS),
    ],
)
def test_what_a_status_does_to_outreach(status, kind):
    assert kind_of(status, Statuses().is_terminal) is kind


ROWS = [
    ["+14155552601", "active", ""],
    ["+14155552602", "", SPRING],
    ["+14155552603", "paused", ""],
    ["+14155552604", "DNC", ""],
    ["+14155552605", "active", ""],
    ["+14155552606", "do not call", ""],
    ["+14155552607", "wrong number", SPRING],
    ["+14155552608", "", SPRING],
]


def test_safest_sends_dnc_first_then_what_stops_then_the_rest_then_what_restarts():
    plan = planned("phone status campaign", ROWS)
    assert plan.sequence.tolist() == [3, 5, 2, 6, 1, 7, 0, 4]
    assert [update.row for update in plan.updates()] == plan.sequence.tolist()
    kinds = [Kind.DNC, Kind.DNC, Kind.STOPS, Kind.STOPS, Kind.REST, Kind.REST, Kind.RESTARTS, Kind.RESTARTS]
    assert plan.kinds.tolist() == kinds
    assert plan.by_kind() == dict.fromkeys(Kind, 2)


def test_file_sends_as_the_rows_stand():
    plan = planned("phone status campaign", ROWS, order="file")
    assert plan.sequence.tolist() == list(range(8))
    assert plan.by_kind()[Kind.DNC] == 2


def test_the_call_of_merged_rows_is_ordered_by_what_all_of_them_say():
    rows = [["+14155552601", "active"], ["+14155552602", ""], ["+14155552602", "DNC"], ["+14155552602", ""]]
    full = [[phone, status, SPRING if not status else ""] for phone, status in rows]
    plan = planned("phone status campaign", full)
    assert plan.sequence.tolist() == [2, 0]
    merged = planned("phone status campaign", [["+14155552601", "", SPRING], ["+14155552601", "active", ""]])
    assert merged.kinds.tolist() == [Kind.RESTARTS]


def test_rows_of_one_kind_keep_their_order():
    rows = np.arange(6)
    assert sequence(rows, np.array([3, 0, 3, 0, 2, 2], dtype=np.int8), "safest").tolist() == [1, 3, 4, 5, 0, 2]
