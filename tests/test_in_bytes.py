"""Do cells in bytes say what the same cells say as texts?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync import in_bytes
from bulk_sync.in_bytes import InBytes
from bulk_sync.texts import Few

CELLS = st.lists(st.text(st.sampled_from('ab0+ ,"\x00é漢\n'), max_size=20), max_size=30)


def laid(cells, behind=b""):
    """Cells one behind the other."""
    written = [cell.replace('"', '""').encode() for cell in cells]
    ends = np.cumsum([len(cell) for cell in written], dtype=np.int64)
    starts = ends - np.array([len(cell) for cell in written], dtype=np.int64)
    return InBytes(b"".join(written) + behind, starts, ends, bytes.decode)


@given(CELLS)
def test_they_say_the_same_one_by_one_all_together_and_in_slices(cells):
    column = laid(cells)
    assert len(column) == len(cells)
    assert list(column) == [column[at] for at in range(len(cells))] == cells
    assert list(column[2:7]) == cells[2:7]


@given(CELLS, st.integers(1, 30))
def test_joined_they_stand_between_separators_and_are_cut(cells, longest):
    def cut(cell):
        return cell.replace('"', '""').encode()[:longest].replace(b"\0", b"?")

    assert laid(cells).joined(longest) == b"\0" + b"".join(cut(cell) + b"\0" for cell in cells)


@given(CELLS, st.data())
def test_blanked_cells_say_nothing_and_the_others_what_they_said(cells, data):
    places = data.draw(st.sets(st.integers(0, max(0, len(cells) - 1)), max_size=len(cells)))
    column = laid(cells)
    assert list(column.blanked(places)) == ["" if at in places else cell for at, cell in enumerate(cells)]
    assert list(column) == cells


SOME = st.lists(st.text(st.sampled_from('ab0\x00é"'), max_size=18), min_size=1, max_size=12, unique=True)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(in_bytes, "_WORTH_IT", 8)


@given(SOME, st.data())
def test_few_texts_are_found_in_the_order_in_which_they_occur(texts, data):
    cells = data.draw(st.lists(st.sampled_from(texts), min_size=len(texts) * 4 + 8, max_size=100))
    few = laid(cells, behind=data.draw(st.binary(max_size=40))).few()
    assert isinstance(few, Few)
    assert list(few) == cells
    assert list(few.texts) == list(dict.fromkeys(cells))


def test_a_text_is_not_taken_for_the_longer_one_it_begins(monkeypatch):
    cells = ["DNC", "DNC\0", "", "\0", "DNC "] * 8
    assert list(laid(cells).few()) == cells


def test_where_different_cells_get_one_number_nothing_is_claimed(monkeypatch):
    monkeypatch.setattr(in_bytes, "_MIX", np.uint64(0))
    assert laid(["paused", "active"] * 20).few() is None
    assert laid(["paused"] * 20).few() is not None


@pytest.mark.parametrize("cells", [["a"] * 7, ["x" * 65] * 20, [str(number) for number in range(40)]])
def test_columns_that_are_short_or_long_or_all_different_are_not_few(cells):
    assert laid(cells).few() is None
