"""Where do the runs of a key meet?"""

from pathlib import Path

import pytest

from bulk_sync.ratelimit.shared_budget import file_of

HERE = Path("state")
USUAL = file_of(HERE, "https://api.guayaba.ai", "key")


@pytest.mark.parametrize("spelt", ["https://API.guayaba.ai/", "https://api.guayaba.ai:443", " HTTPS://api.guayaba.ai"])
def test_runs_of_one_key_meet_however_their_profiles_write_the_address(spelt):
    assert file_of(HERE, spelt, "key") == USUAL


@pytest.mark.parametrize(
    "other",
    [("https://api.guayaba.ai", "other"), ("https://api.guayaba.ai/v2", "key"), ("http://api.guayaba.ai", "key")],
)
def test_another_key_or_another_api_is_counted_apart(other):
    assert file_of(HERE, *other) != USUAL
