"""Records that are cut by arithmetic are those that are read with care."""

import os
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bulk_sync.errors import BadInput
from bulk_sync.tables import open_table, reading, records
from bulk_sync.tables.codec import Codec
from bulk_sync.tables.laying import laid
from bulk_sync.tables.reading import Shape
from bulk_sync.tables.stretches import Stretch, stretch_of

from .whole import broken_in, results, rows_of

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


def read(path, size, *, cuts):
    """Everything that is ever asked of a file, and how many records were cut."""
    cut = []

    def counted(data, shape):
        found = stretch_of(data, shape)
        cut.append(len(found))
        return found

    keeps = property(lambda codec: cuts)
    with (
        mock.patch.object(Codec, "keeps_ascii", keeps),
        mock.patch.object(reading, "LEAST", 1),
        mock.patch("bulk_sync.tables.stretches.stretch_of", counted),
    ):
        table = open_table(path, delimiter=",")
        out = path.with_name(f"out-{cuts}.csv")
        found = (
            rows_of(table, size),
            broken_in(table, size),
            (table.widest, table.row_count),
            [list(row) for row in table.rows()],
            [list(chunk.cells[1]) for chunk in table.chunks(size, only={1})],
            results(path, out, size, opening={"delimiter": ","}, sync_error='say "hi"').read_bytes(),
        )
    return found, sum(cut)


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
            careful, none = read(path, size, cuts=False)
        except BadInput:
            return
        assert none == 0
        assert read(path, size, cuts=True)[0] == careful


@settings(max_examples=120 * THOROUGH, deadline=None)
@given(st.text('a1,"\r\n \0é', max_size=60), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "cp1252"]))
def test_any_text_says_the_same_however_it_is_read(text, end, encoding):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        enough = f"1,2,3{end}" * 40  # else a text of zero bytes passes for UTF-16
        path.write_bytes(f"a,b,c{end}{enough}{text}".encode(encoding))
        assert read(path, 3, cuts=True)[0] == read(path, 3, cuts=False)[0]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_a_usual_file_is_cut_from_its_second_line_to_its_last(tmp_path, end, encoding):
    lines = ["phone,status,name", *['(415) 555-2671,"a ""b"", c",José'] * 50]
    path = tmp_path / "a.csv"
    path.write_bytes(end.join([*lines, ""]).encode(encoding))
    found, cut = read(path, 7, cuts=True)
    assert found[0] == [["(415) 555-2671", 'a "b", c', "José"]] * 50
    assert cut >= 5 * 49  # read five times; the header's line and the next one with care


def test_odd_lines_end_a_stretch_and_another_begins_behind_them(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    monkeypatch.setattr(records, "LOOK_AHEAD", 200)
    path.write_text("a,b\n" + "1,2\n" * 100 + '1,"2\n' + "1,2\n" * 2_000 + "1\n" + "1,2\n" * 2_000)
    found, cut = read(path, 1000, cuts=True)
    assert len(found[0]) == 4_102
    assert list(found[1]) == [100]
    assert cut > 5 * 3_000


def test_a_file_of_odd_lines_is_not_looked_at_again_and_again(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + '1,2\n1,"x" y\n' * 5_000)
    asked = []

    def counted(data, shape):
        asked.append(len(data))
        return stretch_of(data, shape)

    with mock.patch.object(reading, "LEAST", 512), mock.patch("bulk_sync.tables.stretches.stretch_of", counted):
        assert len(rows_of(open_table(path))) == 10_000
    assert sum(asked) < path.stat().st_size / 4


def test_no_stretch_begins_while_lines_that_were_looked_ahead_at_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "LOOK_AHEAD", 200)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + ('1,"x\n' + "1,2\n" * 5) * 40)
    assert read(path, 7, cuts=True)[0] == read(path, 7, cuts=False)[0]


SHAPE = Shape(",", "\n", 2)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", 0),
        ("a,b", 0),
        ("a,b\n", 1),
        ("a,b\nc", 1),
        ("a,b\nc\n", 1),
        ("a,b\nc,d,e\n", 1),
        ('"a,b",c\n', 1),
        ('a,"b"\n"c",d\n', 2),
        ('a,"b\n', 0),
        ('a,b\nc,"d\ne"\n', 2),
        ('a,b\nc,"d\n\ne"\nf,g\n', 3),
        ('a,b\n"c\nd",e\n', 2),
        ('a,b\nc,"d\ne,f"\ng,h\n', 3),
        ('a,b\nc,"d\ne\n', 1),
        ('a,b\nc,"d\r\ne"\n', 1),
        ('a,b\nc"d,e\n', 1),
        ('a,b\n"c"d,e\n', 1),
        ('a,b\n"c""d,e\n', 1),
        ('a,""""\n', 1),
        ("a,b\r\n", 0),
        ("a,b\nc,d\r\n", 1),
        ("a,\rb\n", 0),
        ("a,b\n" + "x" * 131_072 + ",c\n", 1),
    ],
)
def test_a_stretch_ends_before_the_first_line_that_is_odd(text, lines):
    assert len(stretch_of(text.encode(), SHAPE)) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a,b\r\n", 1),
        ("a,b\r\nc,d\n", 1),
        ("a,b\r\nc,\rd\r\n", 1),
        ("\r\n", 0),
        ('a,"b\nc\r\nd"\r\n', 1),
        ('a,b\r\nc,"d\re"\r\n', 1),
        ("\na,b\r\n", 0),
    ],
)
def test_every_line_of_a_stretch_ends_as_the_first_line_of_the_file(text, lines):
    assert len(stretch_of(text.encode(), Shape(",", "\r\n", 2))) == lines


def test_a_stretch_can_be_divided_anywhere():
    whole = stretch_of(b'a,"b,c"\n"d,",e\nf,g\n', SHAPE)
    for at in (1, 2):
        parts = whole.divided(at)
        assert all(isinstance(part, Stretch) for part in parts)
        for column in (0, 1):
            assert cells_of(parts, column) == cells_of([whole], column)
            assert [piece for part in parts for piece in part.pieces(column, column)] == whole.pieces(column, column)
    assert cells_of([whole], 1) == ["b,c", "e", "g"]


def test_records_of_several_lines_can_be_told_apart_again():
    whole = stretch_of(b'a,"b\nc"\nd,e\n"f","\n"\n', SHAPE)
    assert whole.lines() == ['a,"b\nc"', "d,e", '"f","\n"']
    assert [part.lines() for part in whole.divided(1)] == [['a,"b\nc"'], ["d,e", '"f","\n"']]
    assert cells_of([whole], 1) == ["b\nc", "e", "\n"]
    again = Stretch(whole.data, whole.shape, len(whole))
    assert [part.lines() for part in again.divided(2)] == [['a,"b\nc"', "d,e"], ['"f","\n"']]
    assert Stretch(whole.data, whole.shape, len(whole)).lines() == whole.lines()


def test_records_cut_and_read_with_care_are_one_column():
    rows = [['é"', "1\n2"], ["", '"'], ["漢", "x"]]
    assert cells_of([stretch_of(b"a,b\n", SHAPE), rows, stretch_of('"é""",c\n'.encode(), SHAPE), []], 0) == [
        "a",
        'é"',
        "",
        "漢",
        'é"',
    ]
    assert cells_of([rows], 1) == ["1\n2", '"', "x"]


def cells_of(parts, column):
    return list(laid(parts, [column], Codec("utf-8"))[column])
