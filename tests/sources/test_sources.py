from pathlib import Path

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.results import default_output
from bulk_sync.results.writers import check_output, write_file
from bulk_sync.sources import open_table

from .whole import OURS, outcomes, rows_of
from .workbooks import xlsx


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("a.csv", "a.results.csv"),
        ("a.CSV", "a.results.CSV"),
        ("a.tsv", "a.results.tsv"),
        ("a.txt", "a.results.txt"),
        ("a.b.dat", "a.b.results.dat"),
        ("a", "a.results.csv"),
        ("a.xlsx", "a.results.xlsx"),
        ("a.XLSX", "a.results.XLSX"),
        ("a.xls", "a.results.xlsx"),
        ("a.ods", "a.results.xlsx"),
        ("a.xlsb", "a.results.xlsx"),
        ("a.xlsm", "a.results.xlsx"),
    ],
)
def test_results_go_beside_the_input_under_a_name_that_says_so(name, out):
    assert default_output(Path("/folder") / name) == Path("/folder") / out


def test_workbooks_that_differ_in_their_suffix_alone_have_results_of_their_own(tmp_path):
    names = ["a.xlsx", "a.xls", "a.ods", "a.csv"]
    for name in names:
        (tmp_path / name).touch()
    results = [default_output(tmp_path / name).name for name in names]
    assert results == ["a.results.xlsx", "a.xls.results.xlsx", "a.ods.results.xlsx", "a.results.csv"]


def test_a_file_is_read_by_what_is_in_it_whatever_its_name(tmp_path, file):
    assert rows_of(open_table(xlsx(tmp_path / "a.csv", [["phone"], [1]]))) == [["1"]]
    assert rows_of(open_table(file("phone\n1\n", "a.xlsx"))) == [["1"]]


@pytest.mark.parametrize("suffix", [".xls", ".ods", ".xlsb", ".xlsm"])
def test_formats_that_nobody_can_write_are_refused(file, suffix):
    table = open_table(file("phone\n1\n"))
    with pytest.raises(BadInput, match=rf"cannot be written as \{suffix}; choose -o out\.xlsx or -o out\.csv"):
        check_output(table, Path("out" + suffix), sync_columns=OURS)
    with pytest.raises(BadInput):
        write_file(table, Path("out" + suffix), [], sync_columns=OURS)


def test_more_rows_than_a_sheet_holds_are_refused(file, monkeypatch):
    monkeypatch.setattr("bulk_sync.results.writers.MOST_ROWS", 3)
    check_output(open_table(file("a\n1\n2\n", "2.csv")), Path("out.xlsx"), sync_columns=OURS)
    with pytest.raises(BadInput, match=r"4 rows .* at most 3 .* choose -o out\.csv"):
        check_output(open_table(file("a\n1\n2\n3\n", "3.csv")), Path("out.xlsx"), sync_columns=OURS)


def test_more_columns_than_a_sheet_holds_are_refused(file):
    table = open_table(file("a\n1" + "," * 16_381 + "x\n", "w.csv"), delimiter=",")
    with pytest.raises(BadInput, match=r"16,385 columns"):
        check_output(table, Path("out.xlsx"), sync_columns=OURS)
    check_output(table, Path("out.csv"), sync_columns=OURS)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("source", ["a.csv", "a.xlsx"])
def test_no_half_written_file_is_ever_to_be_seen(tmp_path, file, source, suffix):
    path = xlsx(tmp_path / source, [["phone"], [1], [2]]) if source.endswith("xlsx") else file("phone\n1\n2\n")
    table, out = open_table(path), tmp_path / ("out" + suffix)

    def added():
        for frame in outcomes(table, 1):
            yield frame
            assert not out.exists()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_file(table, out, added(), sync_columns=OURS)
    assert [entry.name for entry in tmp_path.iterdir()] == [source]
