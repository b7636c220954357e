import os
import stat

import pytest

from bulk_sync.results.atomic import replacing


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_exception_the_old_file_stands_and_nothing_lies_beside_it(tmp_path, error):
    out = tmp_path / "out.csv"
    out.write_text("old")
    with pytest.raises(error), replacing(out) as unfinished:
        unfinished.write_text("new")
        raise error
    assert out.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_an_existing_file_keeps_its_permissions(tmp_path):
    out = tmp_path / "out.csv"
    out.touch()
    out.chmod(0o640)
    with replacing(out) as unfinished:
        unfinished.write_text("new")
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_new_file_has_the_permissions_that_the_user_chose_for_new_files(tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    with replacing(tmp_path / "out.csv") as unfinished:
        unfinished.write_text("new")
    assert (tmp_path / "out.csv").stat().st_mode == plain.stat().st_mode


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_is_followed_and_stays_a_link(tmp_path):
    target = tmp_path / "target.csv"
    target.write_text("old")
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    with replacing(link) as unfinished:
        unfinished.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(OSError), replacing(tmp_path / "nowhere" / "out.csv"):
        pass


def test_a_name_as_long_as_names_can_be_is_no_trouble(tmp_path):
    out = tmp_path / ("n" * 240 + ".csv")
    with replacing(out) as unfinished:
        unfinished.write_text("x")
    assert out.read_text() == "x"
