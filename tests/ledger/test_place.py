"""Where are ledgers, and who may see the address of a database?"""

import pytest

from bulk_sync.errors import BadConfiguration
from bulk_sync.ledger import SharedLedger, ledger_place, ledgers_at, shared_place
from bulk_sync.ledger.postgres import conninfo, translated
from bulk_sync.runs.manifest import noted
from bulk_sync.settings import Settings

SECRET = "w0rd-of-7he-day"
ADDRESS = f"postgresql://owner:{SECRET}@db.example:6432/fleet?sslmode=require&password={SECRET}"


@pytest.fixture(autouse=True)
def own(monkeypatch, tmp_path):
    """The folder of the user's own settings."""
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path)
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("BULK_SYNC_LEDGER", raising=False)
    return tmp_path


def test_a_flag_comes_before_the_environment_and_that_before_the_users_settings(own, monkeypatch):
    assert ledger_place() == own / "state"
    with pytest.raises(BadConfiguration, match="BULK_SYNC_LEDGER"):
        shared_place()
    (own / "bulk-sync.toml").write_text('ledger = "postgresql://db.example/settings"\n')
    assert str(ledger_place()) == "postgresql://db.example/settings"
    monkeypatch.setenv("BULK_SYNC_LEDGER", "postgresql://db.example/environment")
    assert str(ledger_place()) == "postgresql://db.example/environment"
    with ledgers_at("postgresql://db.example/flag"):
        assert str(shared_place()) == "postgresql://db.example/flag"
        with ledgers_at(None):
            assert str(ledger_place()) == "postgresql://db.example/flag"
    assert str(ledger_place()) == "postgresql://db.example/environment"


def test_the_address_is_shown_without_what_is_secret_in_it():
    place = SharedLedger.parse(ADDRESS)
    assert str(place) == "postgresql://db.example:6432/fleet"
    assert place.has_password
    assert SharedLedger.parse(f"postgresql://db.example/fleet?password={SECRET}").has_password
    assert not SharedLedger.parse("postgresql://owner@db.example/fleet").has_password
    settings = Settings("a.csv", ledger=ADDRESS)
    for shown in (repr(place), str(place), repr(settings), repr(noted(settings))):
        assert SECRET not in shown
        assert "owner" not in shown


@pytest.mark.parametrize(
    "wrong",
    [
        f"mysql://owner:{SECRET}@db.example/fleet",
        f"owner:{SECRET}@db.example/fleet",
        f"postgresql://owner:{SECRET}@db.example:54x2/fleet",
        f"postgresql://owner:{SECRET}@db.example",
        f"postgresql://owner:{SECRET}@[::1/fleet",
        f"postgresql://owner:ab@{SECRET}@db.example/fleet",
        f"postgresql://owner:12/{SECRET}@db.example/fleet",
        f"postgresql://db.example/fleet#{SECRET}@",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(wrong):
    with pytest.raises(BadConfiguration) as refused:
        SharedLedger.parse(wrong)
    assert SECRET not in str(refused.value)
    assert "postgresql://user:password@server/database" in str(refused.value)


def test_what_the_library_cannot_read_is_not_repeated_either():
    with pytest.raises(BadConfiguration) as refused:
        conninfo(SharedLedger.parse(f"postgresql://owner:{SECRET}%zz@db.example/fleet"))
    assert SECRET not in str(refused.value)


def test_an_address_says_more_about_its_connection_than_the_program_does():
    found = conninfo(SharedLedger.parse("postgresql://db.example/fleet?connect_timeout=1&options=-c%20jit%3Doff"))
    assert "connect_timeout=1" in found
    assert "-c synchronous_commit=on" in found
    assert "lock_timeout" not in found, "setting the ledger up takes as long as it takes"
    assert "-c jit=off -c search_path=bulk_sync" in found


def test_statements_are_put_into_the_words_of_postgresql():
    assert translated("SELECT a FROM t WHERE b = ?") == "SELECT a FROM t WHERE b = %s"
    assert translated("INSERT OR IGNORE INTO entry VALUES (?, ?)") == (
        "INSERT INTO entry VALUES (%s, %s) ON CONFLICT DO NOTHING"
    )
    assert translated("INSERT OR REPLACE INTO run (key, value) VALUES (?, ?)") == (
        "INSERT INTO run (key, value) VALUES (%s, %s) ON CONFLICT (ledger, key) DO UPDATE SET value = excluded.value"
    )
