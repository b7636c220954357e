"""The records of a text, whatever its quotation marks: nothing is swallowed, and what cannot be told apart is said."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.sources import record_reader
from bulk_sync.sources.record_reader import (
    CELL_TOO_LONG,
    NEVER_CLOSED,
    STRAY_QUOTE,
    TORN,
    RecordReader,
    body,
    line_end,
    split,
)


def read(text, width=None, sizes=(10**6,)):
    """The raw records of a text, their cells, and those that are broken; so many are read at a time."""
    reader, sizes = RecordReader(iter(text.splitlines(keepends=True)), ",", width), list(sizes)
    raw, rows, broken = [], [], {}
    while batch := reader.read(sizes[0] if len(sizes) == 1 else sizes.pop(0)):
        assert len(batch.raw) == len(batch.rows)
        broken |= {len(rows) + at: why for at, why in batch.broken.items()}
        raw += batch.raw
        rows += batch.rows
    return raw, rows, broken


NAMES = "Bob\n+14155552672,Al\n+14155552673,Zed"
CASES = {
    "a line break in a cell": ('a,"b\nc"\nd,e\n', [["a", "b\nc"], ["d", "e"]], {}),
    "never closed": ('1,"a\n2,b\n3,c\n', [["1", "a"], ["2", "b"], ["3", "c"]], {0: NEVER_CLOSED}),
    "lines that look like rows": (f'1,"{NAMES}"\n', [["1", NAMES]], {}),
    "marks that are wrong": (
        '1,a\n"2\n3" x,b\n4,"c"\n',
        [["1", "a"], ["2"], ['3" x', "b"], ["4", "c"]],
        {1: TORN, 2: TORN},
    ),
    "a mark behind a space": (
        '1, "a\n2, b"\n3, "c"\n4, "d\n5,e\n',
        [["1", ' "a'], ["2", ' b"'], ["3", ' "c"'], ["4", ' "d'], ["5", "e"]],
        {0: TORN, 1: TORN},
    ),
    "spaces before a mark that closes": ('1,"Doe, "\n2,5" x\n', [["1", "Doe, "], ["2", '5" x']], {}),
    "stray marks that fit": ('1,"Bob" Smith\n2,5" pipe\n', [["1", "Bob Smith"], ["2", '5" pipe']], {}),
    "stray marks that do not": ('1,"Bob" Smith,x\n2,y\n', [["1", "Bob Smith", "x"], ["2", "y"]], {0: STRAY_QUOTE}),
    "a cell too long": ("1," + "x" * 200_000 + "\n2,y\n", [["1", "x" * 200_000], ["2", "y"]], {0: CELL_TOO_LONG}),
    "a blank one behind": ('1,"a\nb",\n2,c,\n', [["1", "a\nb", ""], ["2", "c", ""]], {}),
}


@pytest.mark.parametrize(("text", "rows", "broken"), CASES.values(), ids=CASES)
def test_a_text_of_two_columns_has_these_records(text, rows, broken):
    assert read(text, 2)[1:] == (rows, broken)


def test_a_quote_closed_rows_later_breaks_its_own_row_only():
    _, rows, broken = read('1,"a,x\n2,b,x\n3,c,"x\n4,d,x\n', 3)
    assert ([row[0] for row in rows], broken) == (["1", "2", "3", "4"], {0: NEVER_CLOSED, 2: NEVER_CLOSED})
    address = '+14155552671,Bob,"12 Main St\nSpringfield, IL, 62701"\n+14155552672,Al,x\n'
    _, rows, broken = read(address, 3)
    assert (rows[0][2], broken) == ("12 Main St\nSpringfield, IL, 62701", {})


def test_a_header_may_have_a_line_break_and_a_stray_mark_in_it_swallows_no_row():
    assert read('phone,"the\nstatus"\n')[1] == [["phone", "the\nstatus"]]
    assert read('phone,"name\n+14155552671,x\n+14155552672,"y"\n')[1][0] == ["phone", "name"]


def test_marks_that_do_not_match_break_what_is_between_them_as_far_as_a_cell_reaches(monkeypatch):
    between = "3,row\n" * 20
    text = f'1,a\n2,"note\n{between}4,5" pipe\n6,b\n'
    assert set(read(text, 2)[2]) == set(range(1, 23))
    monkeypatch.setattr(record_reader, "LONGEST_TORN", 60)
    assert read(text, 2)[2] == {1: NEVER_CLOSED}
    cell = '1,"' + "x\n" * 40 + '"\n2,y\n'
    assert len(read(cell, 2)[1]) == 2
    monkeypatch.setattr(record_reader, "LOOK_AHEAD", 60)
    assert len(read(cell, 2)[1]) == 42


@pytest.mark.parametrize("line", ['1,"a\n', '"\n', '",z","\n', '1,"""a\n', 'x,"\n', 'a","b\n', ', "a\n', 'a"b,"c\n'])
def test_look_ahead_on_a_file_of_stray_quotes_stays_within_a_few_times_its_size(line, monkeypatch):
    served = 0

    class Counted(record_reader.Lines):
        def take(self, most):
            nonlocal served
            found = super().take(most)
            served += sum(map(len, found))
            return found

    monkeypatch.setattr(record_reader, "Lines", Counted)
    text = line * 20_000
    assert "".join(read(text, 2)[0]) == text
    assert served < 7 * len(text) + 5_000


TEXT = st.text(alphabet='a1," \r\n', max_size=200)


@given(TEXT, st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_every_character_comes_out_again_however_many_records_are_read_at_once(text, sizes):
    found = raw, rows, broken = read(text, 2)
    assert read(text, 2, [*sizes, 3]) == found
    assert "".join(raw) == text
    assert all(line_end(record).strip("\r\n") == "" and body(record) + line_end(record) == record for record in raw)
    assert set(broken) <= set(range(len(rows)))


@given(TEXT)
def test_what_a_strict_reader_reads_is_read_so_and_nothing_else_takes_several_lines(text):
    raw, rows, broken = read(text, 3)
    for record, row in zip(raw, rows, strict=True):
        if record.count("\n") > 1:
            assert list(csv.reader(record.splitlines(keepends=True), strict=True)) == [row]
    try:
        expected = list(csv.reader(text.splitlines(keepends=True), strict=True))
    except csv.Error:
        return
    assert broken or [row or [""] for row in rows] == [row or [""] for row in expected]
    assert not broken or TORN in broken.values(), "only where a mark stands behind a space"


@given(st.text(alphabet='ab,"; ', max_size=30))
def test_a_record_is_taken_apart_as_by_a_lenient_reader_and_put_together_again(raw):
    found = split(raw, ",")
    assert ",".join(found.pieces) == raw
    assert found.cells == (next(csv.reader([raw])) or [""])
    reader = csv.reader([raw + "\n", "x"])
    next(reader)
    assert found.unclosed == (reader.line_num == 2)
    if found.unclosed:
        closed = split(raw + '"', ",")
        assert (closed.unclosed, closed.cells) == (False, found.cells)
