"""The results of a text file are its own bytes, with our cells in front of each record's line end."""

import codecs

import pandas as pd
import pytest

from bulk_sync.errors import BadInput
from bulk_sync.model import SYNC_COLUMNS
from bulk_sync.results.writers import write_file
from bulk_sync.sources import open_table
from tests.sources.whole import NO_HEADER, OURS, known, outcomes, results, rows_of

WITHOUT_HEADER = {"judge": NO_HEADER}
FIELDS = {"judge": known("phone", "status")}
MARK = codecs.BOM_UTF8.decode()

FILES = {
    "lines": ("a,b\n1,2\n", "a,b{H}\n1,2,2,success,\n"),
    "Windows' lines": ("a,b\r\n1,2\r\n", "a,b{H}\r\n1,2,2,success,\r\n"),
    "old Mac's lines": ("a,b\r1,2\r", "a,b{H}\r1,2,2,success,\r"),
    "no last line end": ("a\n1", "a{H}\n1,2,success,"),
    "mixed line ends": ("a\r\n1\n2\r3", "a{H}\r\n1,2,success,\n2,3,success,\r3,4,success,"),
    "quotes and blanks": (
        '"a" ,b\n "1","x\r\ny"\n\t1 ,"say ""hi"""\n',
        '"a" ,b{H}\n "1","x\r\ny",2,success,\n\t1 ,"say ""hi""",3,success,\n',
    ),
    "short and blank rows": (
        "a,b,c\n1\n\n1,2\n",
        "a,b,c{H}\n1,,,2,success,\n,,,3,success,\n1,2,,4,success,\n",
    ),
    "a row too long": ("a,b\n1,2\n1,Doe, John\n", "a,b,{H}\n1,2,,2,success,\n1,Doe, John,3,success,\n"),
    "a quote never closed": ('a,b\n1,"x\n2,y\n', 'a,b{H}\n1,"x",2,success,\n2,y,3,success,\n'),
    "a byte-order mark": (f"{MARK}a,b\n1,2\n", MARK + "a,b{H}\n1,2,2,success,\n"),
    "an earlier run": (
        'SYNC_ROW,a,"sync_result" ,"b",Sync_Error\r\n9,"1",old,2,"x,\ny"\r\n8,3\r\n',
        'a,"b"{H}\r\n"1",2,2,success,\r\n3,,3,success,\r\n',
    ),
    "a row that may have shifted": (
        "a,sync_row,b\n1,9,x\n1,2,3,4\n",
        "a,b,,{H}\n1,x,,,2,success,\n1,2,3,4,3,success,\n",
    ),
    "zero bytes": ("a,b\n1,x\0y\n", "a,b{H}\n1,x\0y,2,success,\n"),
    "no rows": ("phone,status\n", "phone,status{H}\n"),
}
EARLIER = '"a, ""b""",,"",x,y y,"z"\n1,2,3,4,5,6\n'


@pytest.mark.parametrize(("data", "expected"), FILES.values(), ids=FILES)
def test_what_stands_in_the_file_stays_as_it_is(file, data, expected):
    path = file(data)
    out = results(path, path.with_name("out.csv")).read_bytes().decode()
    assert out == expected.replace("{H}", "," + ",".join(OURS))


def test_the_hint_and_the_rows_above_the_header_stay_and_a_file_without_one_gets_it(file):
    data = b"sep=;\r\nContacts, May\r\n\r\nphone;status\r\n1;2\r\n"
    out = results(file(data), file("", "out.csv"), opening=FIELDS).read_bytes()
    assert out == data.replace(b"status", b"status;sync_row;sync_result;sync_error").replace(b"1;2", b"1;2;4;success;")
    out = results(file("1,x\r\n2,y,z\r\n"), file("", "out.csv"), opening=WITHOUT_HEADER).read_bytes()
    assert out == b"A,B,C,sync_row,sync_result,sync_error\r\n1,x,,1,success,\r\n2,y,z,2,success,\r\n"


LATIN = "José Núñez".encode("cp1252")
KANJI = "株式会社".encode("cp932") + b"\xed\x40,\xfa\x5c"


@pytest.mark.parametrize(
    ("data", "encoding", "error", "expected"),
    [
        ("ñandú,b\n".encode() + b"1,\xff\xe9\n" + "y más,ñ\n".encode(), None, "", b"1,\xff\xe9,2,success,"),
        (b"phone,name\n1," + LATIN + b"\n", None, "José 张 \udcff", b"1," + LATIN + b",2,success,Jos\xe9 ? ?"),
        (
            "電話,名前\n".encode("cp932") + KANJI + b"\n",
            "cp932",
            "電話",
            KANJI + b",2,success," + "電話".encode("cp932"),
        ),
        (b"a;b\n1;2\n", None, 'a;b "c", d', b'1;2;2;success;"a;b ""c"", d"'),
        (b"a,b\n=1+1,@x\n", None, "=cmd|' /C calc'!A0", b"=1+1,@x,2,success,'=cmd|' /C calc'!A0"),
    ],
    ids=["no text", "what the encoding cannot hold", "several codes", "quoted where needed", "no formula of ours"],
)
def test_our_cells_fit_the_file_and_its_own_bytes_stay(file, data, encoding, error, expected):
    out = results(file(data), file("", "o.csv"), opening={"encoding": encoding}, sync_error=error)
    assert out.read_bytes().splitlines()[1] == expected


def test_results_of_results_are_the_same_results_also_in_the_place_of_their_input(file):
    path = file(b'a,b\n1,"x\n\n2,y,z\n3\n')
    once = results(path, path.with_name("1.csv")).read_bytes()
    assert results(path.with_name("1.csv"), path.with_name("1.csv")).read_bytes() == once


@pytest.mark.parametrize("kept", [[0, 1, 2, 5], [1], [2, 4], []])
def test_columns_of_an_earlier_run_are_taken_out_wherever_they_stand(file, kept):
    header = [f"c{at}" if at in kept else OURS[at % 3] for at in range(6)]
    path = file(",".join(header) + "\n" + EARLIER)
    table = open_table(results(path, path.with_name("o.csv")), delimiter=",")
    assert table.headers == (*(header[at] for at in kept), *OURS)
    cells = ['a, "b"', "", "", "x", "y y", "z"]
    assert rows_of(table)[0] == [*(cells[at] for at in kept), "2", "success", ""]


def test_one_column_with_commas_stays_one_column(file):
    path = file("name\nDoe, John\nRoe\n")
    table = open_table(results(path, path.with_name("o.csv")), judge=known("name"))
    assert table.headers == ("name", *OURS)
    assert [row[:2] for row in rows_of(table)] == [["Doe, John", "2"], ["Roe", "3"]]


@pytest.mark.parametrize("data", ["a\n1\n2\n", 'a\n1\n"2\n'], ids=["by column", "with care"])
@pytest.mark.parametrize("change", ["too few", "too many", "a new file"])
def test_outcomes_that_do_not_fit_the_rows_write_nothing(file, data, change):
    path = file(data)
    table, frames = open_table(path), [pd.DataFrame({name: ["x"] * (1 if change == "too few" else 3) for name in OURS})]
    if change == "a new file":
        frames = list(outcomes(table))
        path.write_text("a\n1\n2\n3\n")
    with pytest.raises(BadInput if change == "a new file" else ValueError, match=r"changed|rows"):
        write_file(table, path.with_name("o.csv"), frames, sync_columns=OURS)
    assert [entry.name for entry in path.parent.iterdir()] == ["a.csv"]


def test_a_file_that_holds_only_our_columns_keeps_no_blank_one(file):
    path = file(",".join(SYNC_COLUMNS) + "\n" + "x," * (len(SYNC_COLUMNS) - 1) + "x\n")
    frames = [pd.DataFrame({name: ["y"] for name in SYNC_COLUMNS})]
    write_file(open_table(path), path.with_name("o.csv"), frames, sync_columns=SYNC_COLUMNS)
    line = ",".join(["y"] * len(SYNC_COLUMNS))
    assert path.with_name("o.csv").read_text() == f"{','.join(SYNC_COLUMNS)}\n{line}\n"


def test_half_a_character_that_an_api_said_is_written_as_a_question_mark(file):
    path = file("a,b\n1,2\n3,4\n")
    cells = {"sync_row": ["2", "3"], "sync_result": ["error", "="], "sync_error": ["\ud800", "x"]}
    write_file(open_table(path), path, [pd.DataFrame(cells, dtype=object)], sync_columns=OURS)
    assert path.read_text().splitlines()[1:] == ["1,2,2,error,?", "3,4,3,'=,x"]
