"""A person's desk, on which strangers have left things."""

import pytest

from tests.desk import desk


@pytest.fixture
def at_desk(tmp_path, monkeypatch, capfd):
    with desk(tmp_path, monkeypatch, capfd) as found:
        yield found
