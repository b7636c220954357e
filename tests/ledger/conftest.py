"""The two places where ledgers are kept: most tests are run in both."""

import pytest


@pytest.fixture(params=["folder", pytest.param("postgres", marks=pytest.mark.trial)])
def place(request, tmp_path):
    """Where ledgers are kept."""
    return tmp_path / "state" if request.param == "folder" else request.getfixturevalue("shared")
