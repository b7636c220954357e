"""Accounts: profiles in the user's own settings, and keys in the system's keyring."""

import pytest
from click.testing import CliRunner
from keyring.errors import NoKeyringError

from bulk_sync.cli.root import root
from bulk_sync.errors import BadConfiguration
from bulk_sync.settings import BASE_URL, Settings

SETTINGS = """\
base_url = "https://usual.example"

[profile.north]
base_url = "https://north.example"
key_file = "{folder}/north.key"

[profile.south]
base_url = "https://south.example"
"""


@pytest.fixture
def kept(monkeypatch):
    """What the keyring holds, by service and entry."""
    held = {}
    monkeypatch.setattr("keyring.get_password", lambda *names: held.get(names))
    monkeypatch.setattr("keyring.set_password", lambda service, entry, key: held.update({(service, entry): key}))
    monkeypatch.setattr("keyring.delete_password", lambda *names: held.pop(names))
    return held


@pytest.fixture
def asked(monkeypatch, tmp_path, kept):
    """`asked(*arguments, **environment)` are the settings of the run that the command line asks for."""
    for name in ("BULK_SYNC_API_KEY", "GUAYABA_API_KEY", "BULK_SYNC_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "bulk-sync").mkdir(parents=True)
    (tmp_path / "config" / "bulk-sync" / "bulk-sync.toml").write_text(SETTINGS.format(folder=tmp_path))
    (tmp_path / "north.key").write_text("gua_north_key\n")
    (tmp_path / "c.csv").touch()
    seen = []

    def run(settings, observer):
        seen.append(settings)
        raise BadConfiguration("enough")

    monkeypatch.setattr("bulk_sync.job.run", run)

    def ask(*arguments, **environment):
        with pytest.raises(BadConfiguration) as refused:
            CliRunner(env=environment).invoke(root, ["c.csv", *arguments], catch_exceptions=False)
        if str(refused.value) != "enough":
            raise refused.value
        return seen[-1]

    return ask


def test_a_profile_gives_the_address_and_the_key(asked, kept):
    assert asked().base_url == "https://usual.example"
    north = asked("--profile", "north")
    assert (north.base_url, north.find_key()) == ("https://north.example", "gua_north_key")
    kept["bulk-sync", "profile:south"] = "gua_south_key"
    south = asked(BULK_SYNC_PROFILE="south")
    assert (south.base_url, south.find_key()) == ("https://south.example", "gua_south_key")


def test_nothing_is_written_to_the_wrong_team(asked, monkeypatch):
    with pytest.raises(BadConfiguration, match=r"profile north is for https://north\.example"):
        asked("--profile", "north", "--base-url", "https://south.example")
    monkeypatch.setenv("BULK_SYNC_API_KEY", "gua_other_key")
    with pytest.raises(BadConfiguration, match="BULK_SYNC_API_KEY gives another key than profile north") as refused:
        asked("--profile", "north").find_key()
    assert "gua_" not in str(refused.value)
    monkeypatch.setenv("BULK_SYNC_API_KEY", "gua_north_key")
    assert asked("--profile", "north").find_key() == "gua_north_key"


@pytest.mark.parametrize(
    ("profile", "said"),
    [("east", "There is no profile east"), ("east", "Profiles: north, south"), ("south", "login --profile south")],
)
def test_what_is_not_there_is_named_with_what_is(asked, profile, said):
    with pytest.raises(BadConfiguration, match=said) as refused:
        asked("--profile", profile).find_key()
    assert refused.value.exit_code == 4


@pytest.mark.parametrize("line", ['colour = "red"', "base_url = 5", "north = 5"])
def test_a_profile_that_says_something_else_is_refused(asked, tmp_path, line):
    settings = tmp_path / "config" / "bulk-sync" / "bulk-sync.toml"
    settings.write_text(f"[profile{'' if line.startswith('north') else '.north'}]\n{line}\n")
    with pytest.raises(BadConfiguration, match="profile"):
        asked("--profile", "north")


def test_a_settings_file_that_means_to_choose_a_profile_is_refused_and_not_left_unread(asked, tmp_path):
    (tmp_path / "config" / "bulk-sync" / "bulk-sync.toml").write_text('profile = "north"\n')
    with pytest.raises(BadConfiguration, match=r"line 1: a profile is a table.* --profile NAME"):
        asked()


def test_who_has_no_home_is_told_what_to_set(asked, monkeypatch):
    """A container's user may be a number that the system knows nothing of."""

    def unknown(*_, **__):
        raise RuntimeError("could not determine the home directory")

    for folder in ("user_config_path", "user_state_path"):
        monkeypatch.setattr(f"platformdirs.{folder}", unknown)
    with pytest.raises(BadConfiguration, match="Set HOME to a folder"):
        asked()


def test_a_home_that_is_no_folder_has_no_settings(asked, tmp_path):
    (tmp_path / "home").touch()
    assert asked(XDG_CONFIG_HOME=str(tmp_path / "home")).region == "US"


def test_a_profile_in_the_working_folder_is_refused(asked, tmp_path):
    (tmp_path / "bulk-sync.toml").write_text('[profile.north]\nbase_url = "https://evil.example"\n')
    with pytest.raises(BadConfiguration, match="it decides which account is written to"):
        asked("--profile", "north")


def test_login_keeps_the_key_where_runs_find_it_and_logout_forgets_it(asked, kept):
    def typed(*arguments):
        return CliRunner().invoke(root, list(arguments), input="gua_typed_key\n", catch_exceptions=False)

    assert typed("login", "--base-url", BASE_URL).exit_code == 0
    assert kept == {("bulk-sync", BASE_URL): "gua_typed_key"}
    assert Settings("c.csv").find_key() == "gua_typed_key"
    done = typed("login", "--profile", "south")
    assert "bulk-sync check --profile south" in done.output
    assert "gua_typed_key" not in done.output
    assert asked("--profile", "south").find_key() == "gua_typed_key"
    typed("logout", "--base-url", BASE_URL)
    typed("logout", "--profile", "south")
    assert kept == {}
    with pytest.raises(BadConfiguration, match="The keyring has no key for profile south"):
        typed("logout", "--profile", "south")


@pytest.mark.parametrize("error", [NoKeyringError, ModuleNotFoundError])
def test_where_there_is_no_keyring_login_says_what_to_do(asked, monkeypatch, error):
    def none(*_):
        raise error

    monkeypatch.setattr("keyring.set_password", none)
    with pytest.raises(BadConfiguration, match="BULK_SYNC_API_KEY_FILE"):
        CliRunner().invoke(root, ["login"], input="gua_typed_key\n", catch_exceptions=False)
