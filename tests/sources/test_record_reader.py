import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.sources import record_reader
from bulk_sync.sources.record_reader import (
    CELL_TOO_LONG,
    LOOK_AHEAD,
    NEVER_CLOSED,
    STRAY_QUOTE,
    TORN,
    RecordReader,
    body,
    line_end,
)


def read(text, width=None, sizes=None, delimiter=","):
    lines = iter(text.splitlines(keepends=True))
    reader = RecordReader(lines, delimiter, width)
    raw, rows, broken, sizes = [], [], {}, list(sizes or [10**6])
    while True:
        batch = reader.read(sizes[0] if len(sizes) == 1 else sizes.pop(0))
        if not batch.rows:
            return raw, rows, broken
        assert len(batch.raw) == len(batch.rows)
        broken |= {len(rows) + at: why for at, why in batch.broken.items()}
        raw += batch.raw
        rows += batch.rows


def test_a_quoted_line_break_belongs_to_its_cell():
    raw, rows, broken = read('a,"b\nc"\nd,e\n', 2)
    assert raw == ['a,"b\nc"\n', "d,e\n"]
    assert rows == [["a", "b\nc"], ["d", "e"]]
    assert not broken


def test_a_quote_that_is_never_closed_breaks_its_own_row_only():
    _, rows, broken = read('1,"a\n2,b\n3,c\n', 2)
    assert rows == [["1", "a"], ["2", "b"], ["3", "c"]]
    assert broken == {0: NEVER_CLOSED}


def test_a_quote_closed_rows_later_breaks_its_own_row_only():
    _, rows, broken = read('1,"a,x\n2,b,x\n3,c,"x\n4,d,x\n', 3)
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert broken == {0: NEVER_CLOSED, 2: NEVER_CLOSED}


def test_a_record_whose_marks_are_right_is_one_whatever_its_lines_look_like():
    text = '+14155552671,"Bob\n+14155552672,Al\n+14155552673,Zed"\n'
    _, rows, broken = read(text, 2)
    assert rows == [["+14155552671", "Bob\n+14155552672,Al\n+14155552673,Zed"]]
    assert not broken


def test_a_record_whose_marks_are_wrong_is_broken_in_every_line():
    _, rows, broken = read('1,a\n"2\n3" x,b\n4,"c"\n', 2)
    assert [row[0] for row in rows] == ["1", "2", '3" x', "4"]
    assert broken == {1: TORN, 2: TORN}


def test_the_lines_between_two_marks_that_do_not_match_are_broken_as_far_as_a_cell_reaches(monkeypatch):
    between = "3,row\n" * 20
    text = f'1,a\n2,"note\n{between}4,5" pipe\n6,b\n'
    assert set(read(text, 2)[2]) == set(range(1, 23))
    monkeypatch.setattr(record_reader, "LONGEST_TORN", 60)
    assert read(text, 2)[2] == {1: NEVER_CLOSED}


def test_a_mark_behind_a_space_may_open_a_cell_too():
    _, _, broken = read('1, "a\n2, b"\n3, "c"\n4, "d\n5,e\n', 2)
    assert broken == {0: TORN, 1: TORN}
    assert not read('1,"Doe, "\n2,5" x\n', 2)[2]


def test_an_address_of_several_lines_is_no_swallowed_row():
    text = '+14155552671,Bob,"12 Main St\nSpringfield, IL, 62701"\n+14155552672,Al,x\n'
    _, rows, broken = read(text, 3)
    assert rows[0] == ["+14155552671", "Bob", "12 Main St\nSpringfield, IL, 62701"]
    assert not broken


def test_a_line_with_a_stray_quote_is_read_as_a_spreadsheet_would_if_it_fits_the_header():
    _, rows, broken = read('1,"Bob" Smith\n2,5" pipe\n', 2)
    assert rows == [["1", "Bob Smith"], ["2", '5" pipe']]
    assert not broken


def test_a_line_with_a_stray_quote_that_does_not_fit_the_header_is_broken():
    _, _, broken = read('1,"Bob" Smith,x\n2,y\n', 2)
    assert broken == {0: STRAY_QUOTE}


def test_a_cell_longer_than_the_reader_takes_breaks_its_row_only():
    _, rows, broken = read("1," + "x" * 200_000 + "\n2,y\n", 2)
    assert broken == {0: CELL_TOO_LONG}
    assert rows[1] == ["2", "y"]


def test_trailing_blank_cells_do_not_make_a_record_of_several_lines_broken():
    assert not read('1,"a\nb",\n2,c,\n', 2)[2]


def test_a_header_with_a_line_break_is_one_record():
    assert read('phone,"the\nstatus"\n')[1] == [["phone", "the\nstatus"]]


def test_a_header_with_a_stray_quote_does_not_swallow_the_rows():
    assert read('phone,"name\n+14155552671,x\n+14155552672,"y"\n')[1][0] == ["phone", "name"]


def test_a_quoted_cell_may_reach_as_far_as_the_look_ahead_but_no_further(monkeypatch):
    text = '1,"' + "x\n" * 40 + '"\n2,y\n'
    assert len(read(text, 2)[1]) == 2
    monkeypatch.setattr(record_reader, "LOOK_AHEAD", 60)
    assert len(read(text, 2)[1]) == 42


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
    raw, _, _ = read(text, 2)
    assert "".join(raw) == text
    assert served < 7 * len(text) + 5_000


def test_the_look_ahead_is_far_longer_than_a_cell_of_a_spreadsheet():
    assert LOOK_AHEAD > 10 * 32_767


TEXT = st.text(alphabet='a1," \r\n', max_size=200)


@given(TEXT, st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_records_are_the_same_however_many_are_read_at_once(text, sizes):
    assert read(text, 2, [*sizes, 3]) == read(text, 2)


@given(TEXT)
def test_every_character_comes_out_again_in_its_place(text):
    raw, rows, broken = read(text, 3)
    assert "".join(raw) == text
    assert len(raw) == len(rows)
    assert set(broken) <= set(range(len(rows)))


@given(TEXT)
def test_a_record_takes_several_lines_only_where_a_strict_reader_reads_one(text):
    raw, rows, _ = read(text, 3)
    for record, row in zip(raw, rows, strict=True):
        if record.count("\n") > 1:
            assert list(csv.reader(record.splitlines(keepends=True), strict=True)) == [row]


@given(TEXT)
def test_a_text_that_a_strict_reader_reads_is_read_so(text):
    lines = text.splitlines(keepends=True)
    try:
        expected = list(csv.reader(lines, strict=True))
    except csv.Error:
        return
    _, rows, broken = read(text, 3)
    assert broken or [row or [""] for row in rows] == [row or [""] for row in expected]
    assert not broken or TORN in broken.values(), "only where a mark stands behind a space"


@pytest.mark.parametrize(
    ("raw", "end"), [("a\r\n", "\r\n"), ("a\n", "\n"), ("a\r", "\r"), ("a", ""), ('"a\nb"\n', "\n")]
)
def test_a_record_is_its_body_and_its_line_end(raw, end):
    assert line_end(raw) == end
    assert body(raw) + end == raw
