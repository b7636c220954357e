"""A text file as a table: its header, its rows, and what is said of those that cannot be told apart."""

import os
from pathlib import Path

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sources import open_table

from .whole import NO_HEADER, broken_in, known, rows_of

FIELDS = {"judge": known("phone", "status")}
WITHOUT_HEADER = {"judge": NO_HEADER}

FILES = {
    "plain": (
        "phone,status\r\n+14155552671,DNC\r\n007,NA\r\n1.41556E+10,null\r\n",
        {},
        ("phone", "status"),
        2,
        [["+14155552671", "DNC"], ["007", "NA"], ["1.41556E+10", "null"]],
    ),
    "no rows": ("phone,status\n", {}, ("phone", "status"), 2, []),
    "blank lines above": ("\n\nphone\n1\n", {}, ("phone",), 4, [["1"]]),
    "more of them than a sample": ("\n" * 500 + "phone,x\n1,2\n", {}, ("phone", "x"), 502, [["1", "2"]]),
    "a hint": ("sep=;\nphone;name\n1;Doe, John\n", {}, ("phone", "name"), 2, [["1", "Doe, John"]]),
    "by hand, not by the hint": ("sep=;\na,b;c\n1,2;3\n", {"delimiter": "comma"}, ("a", "b;c"), 2, [["1", "2;3"]]),
    "a header of two lines": ('phone,"the\nstatus"\n1,2\n', {}, ("phone", "the\nstatus"), 2, [["1", "2"]]),
    "no header": ("+1415,DNC\n+1416\n", WITHOUT_HEADER, ("A", "B"), 1, [["+1415", "DNC"], ["+1416", ""]]),
    "as wide as most rows": (
        "1\n2,x\n3,y\n4,z,\n",
        WITHOUT_HEADER | {"delimiter": ","},
        ("A", "B"),
        1,
        [["1", ""], ["2", "x"], ["3", "y"], ["4", "z"]],
    ),
    "a title": ("Contacts of May\n\nphone,status\n1,2\n", FIELDS, ("phone", "status"), 4, [["1", "2"]]),
    "short rows": (
        "a,b,c\n1\n2,x\n3,x,y, ,\n\n",
        {},
        ("a", "b", "c"),
        2,
        [["1", "", ""], ["2", "x", ""], ["3", "x", "y"], ["", "", ""]],
    ),
    "odd headers": ('Phone, Teléfono ,,Phone,"a,b"\n', {}, ("Phone", " Teléfono ", "", "Phone", "a,b"), 2, []),
    "zero bytes": ("phone,na\0me\n1,a\0b\n", {}, ("phone", "na\0me"), 2, [["1", "a\0b"]]),
    "what only Unicode ends": ("a,b\n1,x\u2028y\x0bz\x85\x1c\n", {}, ("a", "b"), 2, [["1", "x\u2028y\x0bz\x85\x1c"]]),
    **{
        f"lines that end with {end!r}": (end.join(["a,b", "1,2", "", ""]), {}, ("a", "b"), 2, [["1", "2"], ["", ""]])
        for end in ("\n", "\r\n", "\r")
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("size", [2, 50_000])
def test_a_file_is_a_table_of_text(file, name, size):
    data, opening, headers, first_row, rows = FILES[name]
    table = open_table(file(data), **opening)
    assert (table.headers, table.has_header) == (headers, opening.get("judge") is not NO_HEADER)
    assert table.first_row == first_row
    assert (rows_of(table, size), broken_in(table, size)) == (rows, {})
    for chunk in table.chunks(size):
        assert list(chunk.cells.columns) == list(range(len(headers)))
        assert {type(cell) for row in chunk.cells.itertuples(index=False) for cell in row} == {str}


@pytest.mark.parametrize("data", ["\n\n \n", "\ufeff", ",,\n", "sep=;\n"])
def test_a_file_of_nothing_but_blanks_is_refused(file, data):
    with pytest.raises(BadInput, match="nothing but blank lines"):
        open_table(file(data))


def test_a_row_with_too_many_cells_is_broken_and_says_how_many(file):
    table = open_table(file('a,b\n1,2\n1,Doe, John\n1,2\n1,"2\n'))
    assert rows_of(table)[1] == ["1", "Doe"]
    assert "3 cells" in broken_in(table)[1]
    assert "2 headers" in broken_in(table)[1]
    assert [list(chunk.broken) for chunk in table.chunks(2)] == [[1], [1]], "numbered within their chunk"


def test_one_column_takes_a_delimiter_that_its_cells_do_not_hold(file):
    assert open_table(file("name\nDoe, John\nRoe\n")).delimiter == "\t"
    assert open_table(file('name\n"Doe, John"\n')).delimiter == ","
    assert open_table(file("name\nDoe, John\n" + "x\n" * 500 + "a\tb\n")).delimiter == ";"
    assert open_table(file("name\nDoe\n", "a.tsv")).delimiter == "\t"
    assert rows_of(open_table(file("name\nDoe, John\n"))) == [["Doe, John"]]


def test_headers_in_a_code_page_of_several_codes_are_read_before_they_are_judged(file):
    data = "電話,名前\n1,株式会社テスト\n2,田中太郎様です\n".encode("cp932") + b"3,\xfa\x5c\n"
    table = open_table(file(data), encoding="cp932", judge=known("電話"))
    assert table.codec.opaque
    assert (table.headers, rows_of(table)[0]) == (("電話", "名前"), ["1", "株式会社テスト"])


@pytest.mark.parametrize("change", [lambda path: path.write_text("a,b\n1,2\n3,4\n"), lambda path: path.unlink()])
def test_a_file_that_changes_between_two_readings_is_refused(file, change):
    path = file("a,b\n1,2\n")
    table = open_table(path)
    rows_of(table)
    change(path)
    with pytest.raises(BadInput, match=r"a\.csv changed while it was being read"):
        rows_of(table)


def test_a_file_that_changes_while_it_is_read_is_refused(file):
    path = file("a,b\n" + "1,2\n" * 10)
    chunks = open_table(path).chunks(2)
    next(chunks)
    os.utime(path, ns=(1, 1))
    with pytest.raises(BadInput, match="changed"):
        list(chunks)


def test_the_widest_row_and_the_number_of_rows_are_known_with_and_without_a_reading(file):
    path = file("a,b\n1\n1,2,3,,\n\n")
    fresh, read = open_table(path), open_table(path)
    rows_of(read)
    assert (fresh.widest, fresh.row_count) == (read.widest, read.row_count) == (5, 3)


def test_a_small_file_is_opened_once_however_often_it_is_read(file, monkeypatch):
    given, opened = file("name,note\n" + "José,x\n" * 20, encoding="cp1252"), []
    real = Path.open

    def recording(path, *args, **kwargs):
        opened.append(path)
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", recording)
    table = open_table(given)
    assert rows_of(table) == [list(row) for row in table.rows()]
    assert table.usual is not None
    assert opened == [given]
