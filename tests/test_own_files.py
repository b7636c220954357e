"""Files of our own are whole, their owner's only, and leave nothing beside them."""

import os
import stat
from pathlib import Path

import pytest

from bulk_sync.state import write_whole


def test_a_text_that_cannot_be_written_leaves_nothing_beside_it(tmp_path):
    place = tmp_path / "run.json"
    write_whole(place, "before")
    with pytest.raises(UnicodeEncodeError):
        write_whole(place, "half of it, then \ud800")
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    assert place.read_text() == "before"


@pytest.mark.skipif(os.name != "posix", reason="not everybody may make links there")
def test_a_link_that_somebody_laid_where_it_is_written_is_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / ".run.json.unfinished").symlink_to(precious)
    write_whole(tmp_path / "run.json", "text")
    assert precious.read_text() == "precious"
    assert not (tmp_path / "run.json").is_symlink()
    assert stat.S_IMODE((tmp_path / "run.json").stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="not everybody may make links there")
def test_a_place_that_is_a_link_stays_one(tmp_path):
    """As `/dev/stdout` is: whoever may write there would have taken it from everybody."""
    (tmp_path / "target.json").touch()
    (tmp_path / "link.json").symlink_to("target.json")
    write_whole(tmp_path / "link.json", "text")
    assert (tmp_path / "link.json").readlink() == Path("target.json")
    assert (tmp_path / "target.json").read_text() == "text"
