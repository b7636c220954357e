"""What holds for every file whatever?"""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from bulk_sync.errors import BadInput
from bulk_sync.sources import Judge, open_table
from bulk_sync.sources.input_file import InputFile
from bulk_sync.sources.record_reader import body

from .whole import OURS, broken_in, results, rows_of

pytestmark = pytest.mark.trial

CELLS = st.text(
    st.one_of(st.sampled_from("ab1,;\t|\"' \n\r\0é€張\u2028=+"), st.characters(exclude_categories=["Cs"])), max_size=6
)
HEADERS = ["phone", "status", "name"]


@st.composite
def tables(draw):
    width = draw(st.integers(1, 3))
    return [HEADERS[:width], *draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6))]


def as_csv(rows, delimiter, end, quoting):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=tables(),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "gb18030"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_table_written_by_a_csv_writer_reads_back_equal_and_its_bytes_survive(
    rows, delimiter, end, encoding, quoting
):
    text = as_csv(rows, delimiter, end, quoting)
    # csv.writer leaves a line break unquoted that is not its own line end.
    assume(quoting == csv.QUOTE_ALL or not any(mark in cell for row in rows for cell in row for mark in "\r\n"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(text.encode(encoding))
        opening = {"delimiter": delimiter, "encoding": encoding}
        table = open_table(path, **opening)
        assert table.headers == tuple(rows[0])
        assert rows_of(table, 2) == rows[1:]
        assert broken_in(table) == {}
        out = results(path, path.with_name("out.csv"), opening=opening)
        records = csv.reader(io.StringIO(out.read_bytes().decode(encoding), newline=""), delimiter=delimiter)
        read = list(records)
    assert read[0] == [*rows[0], *OURS]
    assert [row[: len(rows[0])] for row in read[1:]] == rows[1:]
    assert [row[len(rows[0])] for row in read[1:]] == [str(number) for number in range(2, len(rows) + 1)]


@settings(max_examples=60, deadline=None)
@given(rows=tables(), delimiter=st.sampled_from(",;\t|"))
def test_the_delimiter_is_found_where_the_headers_are_known(rows, delimiter):
    assume(len(rows[0]) > 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(as_csv(rows, delimiter, "\n", csv.QUOTE_ALL).encode())
        table = open_table(path, judge=Judge(recognises=lambda cells: {*cells} & {*HEADERS}))
        assert rows_of(table) == rows[1:]


def held_within(raw, out):
    """Whether the lines of `raw` begin the lines of `out`, in order, but for those that `out` adds."""
    position = 0
    for line in raw:
        position = out.find(body(line), position)
        if position < 0:
            return False
        position += len(body(line))
    return True


BYTES = st.one_of(
    st.binary(max_size=300),
    st.text('ab1,;\t|" \n\r\0é張', max_size=200).map(lambda text: text.encode()),
    st.lists(
        st.sampled_from([b"a,b\n", b'1,"x\n', b'y"\n', b"\xff\xe9,\n", b'"', b"\r", b"\n", b",", b";", b"sep=;\n"])
    ).map(b"".join),
)


@settings(max_examples=120, deadline=None)
@given(BYTES, st.booleans())
@example(b'a,b\n1,"x\n', True)
@example(b"sep=;\n1", False)
@example(b"\xff\xfe1\x00", True)
def test_any_bytes_are_refused_in_a_sentence_or_all_come_out_again(data, has_header):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(data)
        opening = {"judge": Judge(lambda cells: has_header)}
        try:
            table = open_table(path, **opening)
        except BadInput as refusal:
            assert str(refusal).endswith(".")
            return
        rows = rows_of(table, 3)
        assert all(len(row) == len(table.headers) for row in rows)
        out = results(path, path.with_name("out.csv"), size=3, opening=opening)
        with table.codec.reading(InputFile.at(path)) as text:
            raw = list(text)
        with table.codec.reading(InputFile.at(out)) as text:
            written = text.read()
        with table.records() as again:
            records = len(again.read(10**6))
    assert records == len(rows)
    assert held_within(raw, written)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@settings(max_examples=60, deadline=None)
@given(text=st.text('a1,"', max_size=30), after=st.integers(1, 3))
def test_no_row_is_ever_swallowed_by_a_stray_quote(end, text, after):
    """Whatever stands in one line, the rows below it that have no quotation marks are rows."""
    below = [[f"+1415555267{number}", "DNC", "x"] for number in range(after)]
    lines = ["phone,status,name", text, *(",".join(row) for row in below)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(end.join(lines).encode())
        table = open_table(path, delimiter=",")
        assert rows_of(table)[1:] == below
        assert not set(broken_in(table)) - {0}
