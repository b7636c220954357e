"""Where does the API key come from?"""

import sys

import keyring  # noqa: F401 -- who has it in hand may be asked
import pytest
from keyring.errors import NoKeyringError

from bulk_sync import keys
from bulk_sync.errors import BadConfiguration
from bulk_sync.keys import checked_key, find_key
from bulk_sync.settings import BASE_URL, Settings

KEY = "gua_a1b2c3d4_secret"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    for name in ("BULK_SYNC_API_KEY", "GUAYABA_API_KEY", "BULK_SYNC_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("keyring.get_password", lambda *_: None)


class TestKey:
    def test_comes_from_the_first_place_that_has_one(self, monkeypatch, tmp_path):
        file = tmp_path / "key"
        file.write_text("from-the-file")
        monkeypatch.setattr("keyring.get_password", lambda *_: "from-the-keyring")
        assert find_key(BASE_URL)[0] == "from-the-keyring"
        monkeypatch.setenv("BULK_SYNC_API_KEY_FILE", str(file))
        assert find_key(BASE_URL)[0] == "from-the-file"
        monkeypatch.setenv("GUAYABA_API_KEY", "from-guayaba")
        assert find_key(BASE_URL)[0] == "from-guayaba"
        monkeypatch.setenv("BULK_SYNC_API_KEY", "from-bulk-sync")
        assert find_key(BASE_URL)[0] == "from-bulk-sync"
        assert Settings("x", key="given").find_key() == "given"

    def test_a_blank_variable_counts_as_none(self, monkeypatch):
        monkeypatch.setenv("BULK_SYNC_API_KEY", "")
        monkeypatch.setenv("GUAYABA_API_KEY", KEY)
        assert find_key(BASE_URL)[0] == KEY

    def test_that_is_nowhere_is_a_sentence_that_says_how_to_give_one(self):
        with pytest.raises(BadConfiguration) as refused:
            find_key("https://api.example")
        for way in (
            "BULK_SYNC_API_KEY",
            "BULK_SYNC_API_KEY_FILE",
            "keyring set bulk-sync https://api.example",
            "--sandbox",
        ):
            assert way in str(refused.value)
        assert refused.value.exit_code == 4

    def test_is_asked_of_the_keyring_by_the_address(self, monkeypatch):
        asked = []
        monkeypatch.setattr("keyring.get_password", lambda *names: asked.append(names) or KEY)
        assert find_key("https://api.example")[0] == KEY
        assert asked == [("bulk-sync", "https://api.example")]

    @pytest.mark.parametrize("error", [NoKeyringError, ModuleNotFoundError, OSError])
    def test_where_there_is_no_keyring_there_is_no_key(self, monkeypatch, error):
        def none(*_):
            raise error

        monkeypatch.setattr("keyring.get_password", none)
        with pytest.raises(BadConfiguration, match="no API key"):
            find_key(BASE_URL)

    @pytest.mark.parametrize("content", [b"\xef\xbb\xbfgua_x\r\n", b"gua_x\n", b"  gua_x  "])
    def test_in_a_file_may_have_a_line_break_around_it(self, monkeypatch, tmp_path, content):
        (tmp_path / "key").write_bytes(content)
        monkeypatch.setenv("BULK_SYNC_API_KEY_FILE", str(tmp_path / "key"))
        assert find_key(BASE_URL)[0] == "gua_x"

    @pytest.mark.parametrize("made", ["nothing", "folder", "bytes"])
    def test_in_a_file_that_cannot_be_read_is_a_sentence(self, monkeypatch, tmp_path, made):
        path = tmp_path / made
        if made == "folder":
            path.mkdir()
        if made == "bytes":
            path.write_bytes(b"\xff\xfe\x00")
        monkeypatch.setenv("BULK_SYNC_API_KEY_FILE", str(path))
        with pytest.raises(BadConfiguration, match="BULK_SYNC_API_KEY_FILE"):
            find_key(BASE_URL)

    @pytest.mark.parametrize(
        "text", [" ", "two words", "a\nb", "a\tb", "schlüssel", "a\x00b", "key\u200b", "a\r\nX-Evil: 1"]
    )
    def test_that_cannot_be_one_is_refused_without_being_repeated(self, text):
        with pytest.raises(BadConfiguration) as refused:
            checked_key(text)
        assert not text.strip() or text.strip() not in str(refused.value)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the system has a keyring")
class TestWhetherThereIsAKeyring:
    @pytest.fixture(autouse=True)
    def nothing_there(self, monkeypatch, tmp_path):
        monkeypatch.delitem(sys.modules, "keyring")
        for name in ("DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND"):
            monkeypatch.delenv(name, raising=False)
        for name in ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
            monkeypatch.setenv(name, str(tmp_path))
        monkeypatch.setattr(keys, "find_spec", lambda _: None)

    def test_without_a_session_nobody_loads_it(self):
        assert keys.sought_key(BASE_URL) is None
        assert "keyring" not in sys.modules

    @pytest.mark.parametrize("name", ["DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND"])
    def test_the_environment_may_name_one(self, monkeypatch, name):
        monkeypatch.setenv(name, "keyring.backends.null.Keyring")
        keys.sought_key(BASE_URL)
        assert "keyring" in sys.modules

    @pytest.mark.parametrize("file", ["bus", "python_keyring/keyringrc.cfg"])
    def test_a_bus_or_a_choice_of_ones_own_may_be_there(self, monkeypatch, tmp_path, file):
        monkeypatch.setattr(keys, "_ask_keyring", lambda _: "asked")
        assert keys.sought_key(BASE_URL) is None
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
        assert keys.sought_key(BASE_URL) == ("asked", "the system's keyring")

    def test_a_backend_that_somebody_installed_counts(self, monkeypatch):
        monkeypatch.setattr(keys, "_ask_keyring", lambda _: "asked")
        monkeypatch.setattr(keys, "find_spec", lambda _: object())
        assert keys.sought_key(BASE_URL) == ("asked", "the system's keyring")
