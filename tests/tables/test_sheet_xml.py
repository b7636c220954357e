"""Are rows that are made together what they are one by one?"""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bulk_sync.tables import sheet_xml
from bulk_sync.tables.sheet_xml import Formats, our_column, own_column, rows_of
from bulk_sync.texts import Few, Numbers

FORMATS = Formats({int: "1"}, {"error": "2"})
CELL = st.sampled_from(["", "", "a", " b", "c & d", "<e>", "é", "_x0041_", "x\ny", "z "])
ROWS = st.lists(st.tuples(CELL, CELL, st.one_of(CELL, st.integers(0, 3))), min_size=1, max_size=12)


@given(ROWS)
@example([("", "", "")])
def test_rows_are_the_same_whether_those_of_a_shape_are_made_together_or_not(rows):
    columns = [own_column(cells, letter, FORMATS) for cells, letter in zip(zip(*rows, strict=True), "ABC", strict=True)]
    numbers = range(5, 5 + len(rows))
    together = rows_of(columns, numbers)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sheet_xml, "_MOST_SHAPES", 0)
        assert rows_of(columns, numbers) == together
    alone = [
        rows_of([own_column([cell], letter, FORMATS) for cell, letter in zip(row, "ABC", strict=True)], [number])
        for row, number in zip(rows, numbers, strict=True)
    ]
    assert together == "".join(alone)


def test_a_row_names_its_cells_and_leaves_out_blank_ones():
    columns = [own_column(["a", ""], "A", FORMATS), own_column([1, 2.5], "B", FORMATS)]
    assert rows_of(columns, [2, 3]) == (
        '<row r="2"><c r="A2" t="inlineStr"><is><t>a</t></is></c><c r="B2" s="1"><v>1</v></c></row>'
        '<row r="3"><c r="B3"><v>2.5</v></c></row>'
    )


@pytest.mark.parametrize("name", ["sync_row", "sync_phone", "sync_result", "sync_error"])
def test_a_column_of_ours_is_the_same_however_its_texts_are_held(name):
    kinds = {
        "sync_row": (["2", "", "4"], Numbers(np.array([2, 0, 4]))),
        "sync_phone": (["+1", "", "+3"], Numbers(np.array([1, 0, 3]), "+")),
    }
    texts, other = kinds.get(name, (["error", "", "error"], Few(("error", ""), np.array([0, 1, 0]))))
    made = [rows_of([our_column(name, cells, "A", FORMATS)], [1, 2, 3]) for cells in (texts, other)]
    assert made[0] == made[1]


def test_a_column_of_few_texts_that_says_nothing_is_left_out():
    assert our_column("sync_at", Few(("",), np.zeros(2, dtype=int)), "A", FORMATS) is None
