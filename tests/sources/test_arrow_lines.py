"""A file that is read by column says what it says when it is read with care, and its results are the same bytes."""

import os
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bulk_sync.errors import BadInput
from bulk_sync.sources import arrow_lines, open_table
from bulk_sync.sources.delimited import DelimitedTable

from .whole import broken_in, known, results, rows_of

THOROUGH = 10 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 1

BLANK_OR_PLAIN = ["", "a", " b ", "José", "\u2011", "+14155552671", "5550100200", "'", ";", "\x0b", "\x85", "\0"]
QUOTED = ['"x"', '"x,y"', '"1""2"', '""', '""""', '"\n"', '"5550100300\n5550100400"', '"\r"']
ODD = ['"', 'x"y', '"x"y', '"x', 'x"', "\r"]
CELL = st.sampled_from(BLANK_OR_PLAIN + QUOTED + ODD)
LINE = st.lists(CELL, min_size=1, max_size=4).map(",".join)
ORDINARY = st.sampled_from(["+14155552671,b,c", '"x, y",b,"c"', '"",José,""""', ",,", "a,\u2011,c"])
END = st.sampled_from(["\n"] * 12 + ["\r\n", "\r"])


@st.composite
def files(draw):
    """A header of three columns and some lines, most of them ordinary, most with the same line end."""
    usual = draw(st.sampled_from(["\n", "\r\n"]))
    lines = draw(st.lists(st.one_of(ORDINARY, ORDINARY, LINE), max_size=30))
    ends = [draw(END) if draw(st.integers(0, 9)) == 0 else usual for _ in lines]
    text = f"phone,sync_result,note{usual}" + "".join(line + end for line, end in zip(lines, ends, strict=True))
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    return text.encode(draw(st.sampled_from(["utf-8", "cp1252"])), "replace" if draw(st.booleans()) else "ignore")


def read(path, size, *, with_care):
    """Everything that is ever asked of a file, and whether it was read by column."""
    with mock.patch.object(DelimitedTable, "usual", property(lambda _: None) if with_care else DelimitedTable.usual):
        table = open_table(path, delimiter=",")
        out = path.with_name(f"out-{with_care}.csv")
        found = (
            rows_of(table, size),
            broken_in(table, size),
            {chunk.start + at: row for chunk in table.chunks(size) for at, row in chunk.remarks.items()},
            (table.widest, table.row_count),
            [list(row) for row in table.rows()],
            [list(chunk.cells[1]) for chunk in table.chunks(size, only={1})],
            results(path, out, size, opening={"delimiter": ","}, sync_error='say "hi"').read_bytes(),
        )
        return found, table.usual is not None


@settings(max_examples=80 * THOROUGH, deadline=None)
@given(files(), st.sampled_from([1, 3, 1000]))
@example(b'a,b,c\n1,2,3\n1,"2\n3",3\n4,5,6\n7,8,9\n', 2)
@example(b'a,b,c\n1,2,3\n1,"2\n4,5,6\n7,8,9\n', 1000)
@example(b"a,b,c\r\n1,2,3\r\n4,5,6\n7,8,9\r\n", 2)
def test_a_file_says_the_same_however_it_is_read_and_its_results_are_the_same(data, size):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(data)
        try:
            careful, _ = read(path, size, with_care=True)
        except BadInput:
            return
        assert read(path, size, with_care=False)[0] == careful


@settings(max_examples=40 * THOROUGH, deadline=None)
@given(st.text('a1,"\r\n \0é#', max_size=60), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "cp1252"]))
def test_any_text_says_the_same_however_it_is_read(text, end, encoding):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        enough = f"1,2,3{end}" * 40  # else a text of zero bytes passes for UTF-16
        path.write_bytes(f"a,b,c{end}{enough}{text}".encode(encoding))
        assert read(path, 3, with_care=False)[0] == read(path, 3, with_care=True)[0]


RECORD = st.lists(
    st.sampled_from(["a", "", " ", "#", '"x"', '""', '"#,y"', '"1""2"', "é", "+1"]), min_size=3, max_size=3
)


@settings(max_examples=80 * THOROUGH, deadline=None)
@given(
    st.lists(RECORD, min_size=1, max_size=8), st.text('a1,"\r\n \0é#\ufeff', max_size=8), st.integers(0, 8), st.data()
)
def test_usual_records_with_anything_among_them_are_read_alike_or_with_care(rows, odd, at, data):
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    lines = [",".join(row) for row in rows]
    lines[at:at] = [odd] if odd else []
    text = end.join(["a,b,sync_code", *lines]) + data.draw(st.sampled_from(["", end]))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(text.encode(encoding, "replace"))
        careful, _ = read(path, 3, with_care=True)
        found, by_column = read(path, 3, with_care=False)
        assert found == careful
        assert by_column or odd or encoding == "cp1252" or "\n" not in text


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_usual_file_is_read_by_column_and_its_results_keep_its_bytes(tmp_path, end, encoding):
    lines = ["phone,status,name", *['(415) 555-2671,"a ""b"", c",José'] * 50]
    path = tmp_path / "a.csv"
    path.write_bytes(end.join([*lines, ""]).encode(encoding))
    found, by_column = read(path, 7, with_care=False)
    assert by_column
    assert found[0] == [["(415) 555-2671", 'a "b", c', "José"]] * 50
    written = found[-1].decode(encoding).split(end)
    assert written == [
        f"{lines[0]},sync_row,sync_result,sync_error",
        *[f'{line},{row},success,"say ""hi"""' for row, line in enumerate(lines[1:], start=2)],
        "",
    ]


@pytest.mark.parametrize(
    "odd",
    [
        "1", "1,2,3", "", '1,"2', '1,2"', '1, "2"', '"1"2,3', "1,2\0", "1,\ufeff2", "1,2\r", '1,"2\n3"', "1,\udcff",
        "1," + "2" * arrow_lines.LONGEST_LINE,
    ],
)  # fmt: skip
def test_one_odd_line_anywhere_and_the_whole_file_is_read_with_care(tmp_path, odd):
    path = tmp_path / "a.csv"
    path.write_bytes("\n".join(["phone,é", *["1,2"] * 9, odd, *["1,2"] * 9, ""]).encode(errors="surrogateescape"))
    table = open_table(path)
    assert table.usual is None
    assert table.row_count == 19


@pytest.mark.parametrize(
    "text", ["a,b\n", "a,b", "a\n1\n2\n", "a;b\n1;2", "sep=;\na;b\n1;2\n", "Title\n\nphone,status\n1,2\n"]
)
def test_files_without_rows_of_one_column_or_with_more_above_the_header_are_usual(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert open_table(path, judge=known("phone", "status")).usual is not None


def test_what_is_made_ahead_comes_in_order_and_its_error_where_it_was_made():
    made = arrow_lines.ahead(lambda each: 60 // each, [1, 2, 3, 0, 4])
    assert [next(made) for _ in range(3)] == [60, 30, 20]
    with pytest.raises(ZeroDivisionError):
        next(made)
    assert list(arrow_lines.ahead(str, [])) == []


def test_what_is_made_ahead_is_one_item_ahead_and_no_more():
    got = []
    made = arrow_lines.ahead(str, (got.append(each) or each for each in range(9)))
    assert next(made) == "0"
    made.close()
    assert got == [0, 1]
