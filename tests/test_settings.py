"""What was asked for, from flags, environment and files?"""

import dataclasses
import os
import sys
from pathlib import Path

import pytest

from bulk_sync.cli.configured import settings_in_files
from bulk_sync.errors import BadConfiguration, BadInput
from bulk_sync.runs.manifest import noted
from bulk_sync.settings import OPTIONS, Role, Settings, named, parse_tolerance
from bulk_sync.toml_files import CONFIG_NAME

KEY = "gua_a1b2c3d4_secret"
KNOWN = frozenset({"region", "rate", "base_url", "max_errors", "map"})


@pytest.fixture
def folders(monkeypatch, tmp_path):
    """The user's configuration folder and the working folder, both empty."""
    own, here = tmp_path / "own", tmp_path / "here"
    own.mkdir()
    here.mkdir()
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: own)
    monkeypatch.chdir(here)
    return own, here


def test_the_defaults_are_those_of_the_interface():
    settings = Settings("contacts.csv")
    expected = {
        "region": "US",
        "phone_check": "valid",
        "on_conflict": "safest",
        "variables": "merge",
        "order": "safest",
        "rate": None,
        "concurrency": 32,
        "max_errors": "20%",
        "base_url": "https://api.guayaba.ai",
        "dry_run": False,
        "sandbox": False,
        "output": None,
    }
    assert {name: getattr(settings, name) for name in expected} == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone_check": "strict"},
        {"on_conflict": "ask"},
        {"variables": "delete"},
        {"order": "random"},
        {"concurrency": 0},
        {"concurrency": -1},
        {"max_errors": "many"},
    ],
)
def test_a_setting_that_nobody_can_follow_is_refused_by_name(wrong):
    with pytest.raises(BadConfiguration, match=next(iter(wrong))):
        Settings("contacts.csv", **wrong)


def test_a_key_does_not_print():
    settings = Settings("contacts.csv", key=KEY)
    assert KEY not in repr(settings)
    assert KEY not in str(settings)


@pytest.mark.parametrize(
    ("text", "rows", "share"),
    [
        ("10", 10, None),
        ("0", 0, None),
        (" 7 ", 7, None),
        ("20%", None, 0.2),
        ("0%", None, 0),
        ("100%", None, 1),
        ("2.5%", None, 0.025),
    ],
)
def test_how_many_errors_are_borne_is_a_number_or_a_share(text, rows, share):
    assert parse_tolerance(text) == (rows, share)


@pytest.mark.parametrize(
    "text", ["", "%", "-1", "1.5", "101%", "-5%", "5%%", "ten", "1e3", ".%", "²", "²%", "10 rows", "nan%", "inf"]
)
def test_what_is_neither_is_refused(text):
    with pytest.raises(BadConfiguration, match="max_errors"):
        parse_tolerance(text)


class TestOutput:
    def test_may_not_name_the_input(self, tmp_path, monkeypatch):
        file = tmp_path / "contacts.csv"
        file.write_text("x")
        monkeypatch.chdir(tmp_path)
        (tmp_path / "folder").mkdir()
        others = [file, tmp_path / "folder" / ".." / "contacts.csv"]
        for output in (*others, file.relative_to(tmp_path)):
            with pytest.raises(BadInput, match="input"):
                Settings(str(file), output=output)

    @pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
    def test_may_not_name_it_by_a_link(self, tmp_path):
        file = tmp_path / "contacts.csv"
        file.write_text("x")
        (tmp_path / "soft.csv").symlink_to(file)
        os.link(file, tmp_path / "hard.csv")
        for name in ("soft.csv", "hard.csv"):
            with pytest.raises(BadInput, match="input"):
                Settings(str(file), output=tmp_path / name)

    def test_may_be_anything_else(self, tmp_path):
        assert Settings("contacts.csv", output=tmp_path / "contacts.csv").output
        assert Settings("-", output=tmp_path / "-").output


def values(found):
    return {name: given.value for name, given in found[0].items()}


class TestFiles:
    def test_give_options_with_hyphens_or_underscores(self, folders):
        own, _ = folders
        (own / CONFIG_NAME).write_text('region = "GB"\nmax-errors = "10"\nbase_url = "https://api.example"\n')
        assert values(settings_in_files(KNOWN)) == {
            "region": "GB",
            "max_errors": "10",
            "base_url": "https://api.example",
        }

    def test_of_the_working_folder_wins_over_the_users(self, folders):
        own, here = folders
        (own / CONFIG_NAME).write_text('region = "GB"\nrate = "10/s"\n')
        (here / CONFIG_NAME).write_text('region = "MX"\n')
        assert values(settings_in_files(KNOWN)) == {"region": "MX", "rate": "10/s"}

    def test_may_be_absent(self, folders):
        assert values(settings_in_files(KNOWN)) == {}

    @pytest.mark.parametrize("name", ["base_url", "base-url"])
    def test_of_the_working_folder_cannot_say_where_the_key_goes(self, folders, name):
        own, here = folders
        (here / CONFIG_NAME).write_text(f'{name} = "https://evil.example"\n')
        with pytest.raises(BadConfiguration) as refused:
            settings_in_files(KNOWN)
        assert str(here / CONFIG_NAME) in str(refused.value)
        assert str(own / CONFIG_NAME) in str(refused.value)

    @pytest.mark.parametrize("name", ["yes", "allow-leaving-dnc", "key", "api_key", "regoin"])
    def test_cannot_set_what_is_no_option_of_theirs(self, folders, name):
        own, _ = folders
        (own / CONFIG_NAME).write_text(f'{name} = "x"\n')
        with pytest.raises(BadConfiguration, match=name.replace("-", "_")):
            settings_in_files(KNOWN)

    @pytest.mark.parametrize("content", [b"region = ", b"\xff\xfe", b"= 1", b"[map\n"])
    def test_that_cannot_be_read_are_named(self, folders, content):
        _, here = folders
        (here / CONFIG_NAME).write_bytes(content)
        with pytest.raises(BadConfiguration, match=CONFIG_NAME):
            settings_in_files(KNOWN)

    def test_that_are_folders_are_named(self, folders):
        _, here = folders
        (here / CONFIG_NAME).mkdir()
        with pytest.raises(BadConfiguration, match=CONFIG_NAME):
            settings_in_files(KNOWN)


def test_paths_may_be_text():
    given = Settings("rows.csv", output="out.csv", json_results="out.json")
    assert (given.output, given.json_results) == (Path("out.csv"), Path("out.json"))


NEITHER = {"only_changed", "offline", "order", "fresh", "confirm", "columns_from", "job"}


def test_of_every_option_it_is_known_whether_a_run_that_goes_on_keeps_it():
    decided, anew = set(named(Role.PLANS | Role.ACCOUNT)), set(named(Role.ANEW))
    assert not decided & anew
    assert set(OPTIONS) - decided - anew == NEITHER
    assert {field.name for field in dataclasses.fields(Settings)} - set(OPTIONS) == {"input"}


def test_what_a_retry_may_not_change_it_takes_from_the_run_before():
    assert set(named(Role.FIXED)) < set(named(Role.REREAD))


def test_a_ledger_notes_the_options_by_the_names_that_earlier_versions_read():
    assert set(noted(Settings("contacts.csv"))) == {
        "input", "output", "dry_run", "region", "phone_check", "plus_missing", "columns", "sheet", "visible_only",
        "encoding", "delimiter", "on_conflict", "variables", "order", "rate", "concurrency", "max_errors", "max_outage",
        "until", "max_duration", "max_writes", "retry", "undo", "allow_leaving_dnc", "dnc_statuses", "unchecked",
        "only_changed", "max_stop", "max_restart", "max_move", "create_missing", "json_results", "report",
        "keep_before", "errors_only", "base_url", "sandbox", "offline", "profile", "values",
    }  # fmt: skip
