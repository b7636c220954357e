"""How is what a run changed written as a table, and read again?"""

from bulk_sync import sources
from bulk_sync.model import Change
from bulk_sync.plan.undo import Restoration
from bulk_sync.runs import undo_table

ROWS = [
    Restoration((2,), "+14155550123", "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59", Change("paused"), Change("active"), ""),
    Restoration((3, 17), None, "7b1f3a52", Change("paused", "spring"), Change(None, "autumn"), 'status: "unread", no'),
    Restoration((4,), "+442079460958", None, Change("im Urlaub · länger; ja, sehr"), Change("=1+1"), "a\nb"),
    Restoration((5,), "+14155550124", None, Change("paused"), Change(), ""),
]


def test_what_was_written_is_read_again(tmp_path):
    path = tmp_path / "undo.csv"
    undo_table.write(ROWS, path)
    assert undo_table.read(sources.open_table(path, encoding="utf-8", delimiter=",")) == ROWS
