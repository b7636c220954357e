"""A fleet of three teams."""

import pytest

from tests.fleet.computers import made


@pytest.fixture
def fleet(tmp_path, shared):
    """Three teams of 60 contacts each, whose APIs hold nobody up unless told to."""
    with made(tmp_path, shared.address, ("red", "green", "blue"), limiter="none") as fleet:
        yield fleet
