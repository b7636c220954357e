"""Which files does a schedule submit, and when?"""

from contextlib import suppress
from datetime import datetime

import psycopg
import pytest

from bulk_sync.cli.configured import settings_in_files
from bulk_sync.cli.fleet import _scheduled_settings
from bulk_sync.errors import BadConfiguration
from bulk_sync.fleet.schedule import Entry, due_from_now_on, schedule, submit_all_day
from bulk_sync.settings import Settings

NIGHT = Entry("/data/*.csv", "red", "22:30")
DAWN = Entry("/data/*.xlsx", "red", "05:00", urgent=True)


@pytest.fixture
def own(monkeypatch, tmp_path):
    """The user's own settings."""
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "bulk-sync.toml"


def test_entries_are_read_from_the_users_own_settings_and_are_no_option_of_a_run(own):
    own.write_text(
        '[[schedule]]\nfiles = "/data/*.csv"\nprofile = "red"\nat = "22:30"\n'
        '[[schedule]]\nfiles = "/data/*.xlsx"\nprofile = "red"\nat = "05:00"\nurgent = true\n'
    )
    assert schedule() == [NIGHT, DAWN]
    with pytest.raises(BadConfiguration, match="it decides what is sent"):  # it is the working folder's file, too
        settings_in_files({"region"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no"),
        ("schedule = 3", "There is no"),
        ('[[schedule]]\nfiles = "a"\nprofile = "red"', "Correct at"),
        ('[[schedule]]\nfiles = "a"\nprofile = "red"\nat = "25:00"', "not a time of day"),
        ('[[schedule]]\nfiles = "a"\nprofile = "red"\nat = "22:30"\nkey = "x"', "Correct key"),
        ('[[schedule]]\nfiles = "a"\nprofile = "red"\nat = "22:30"\nurgent = "no"', "Correct urgent"),
    ],
)
def test_one_that_cannot_be_followed_is_named(own, text, said):
    own.write_text(text)
    with pytest.raises(BadConfiguration, match=said):
        schedule()


def due_at(*moments):
    """Which entries are due as the clock shows these moments, and when: begun at the first, and then two looks each."""
    looks = [moments[0], *(moment for moment in moments for _ in range(2))]
    clock = iter([datetime(2026, 11, *moment) for moment in looks])  # noqa: DTZ001 -- people's own clock
    shown = []

    def now():
        shown.append(next(clock))
        return shown[-1]

    found = []
    with suppress(RuntimeError):  # the clock has no more to show
        for entry in due_from_now_on([NIGHT, DAWN], now, lambda _: None):
            found.append((entry.at, f"{shown[-1]:%d %H:%M}"))  # noqa: PERF401 -- until it ends
    return found


def test_each_is_due_once_a_day_when_its_time_comes():
    moments = [(1, 22, 0), (1, 22, 30), (1, 22, 31), (2, 4, 59), (2, 5, 0), (2, 22, 29), (2, 23, 0), (3, 6, 0)]
    assert due_at(*moments) == [
        ("22:30", "01 22:30"), ("05:00", "02 05:00"), ("22:30", "02 23:00"), ("05:00", "03 06:00"),
    ]  # fmt: skip


def test_one_whose_time_was_before_the_service_began_waits_for_the_next_day():
    assert due_at((1, 12, 0), (1, 12, 1), (1, 23, 0), (2, 4, 0)) == [("22:30", "01 23:00")]


def test_one_whose_time_came_while_the_service_was_started_again_is_due():
    assert due_at((1, 5, 2), (1, 5, 3)) == [("05:00", "01 05:02")]


def test_while_the_database_is_away_the_schedule_waits_and_says_so_once(shared, server, tmp_path):
    file = tmp_path / "nightly.csv"
    file.write_text("phone,status\n+14155550000,paused\n")
    said, slept = [], []

    def sleep(_):
        slept.append(True)
        if len(slept) == 3:
            server.start()

    server.stop()
    entry = Entry(str(tmp_path / "*.csv"), "red", "22:30")
    submit_all_day(shared, [entry], lambda _, path: Settings(str(path)), said.append, sleep)
    assert len(slept) == 3
    assert len(said) == 2
    assert "waits" in said[0]
    assert "job 1 of red" in said[1]


def test_scheduled_files_are_read_as_submitted_ones_by_the_users_own_settings(own, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    own.write_text(
        'region = "DE"\nmax_stop = "5"\nunchecked = "hold"\ndnc_statuses = ["gone"]\nrate = "7/min"\n'
        '[values.status]\n"Opt out" = "DNC"\n[profile.red]\nbase_url = "https://red.example"\n'
    )
    path = tmp_path / "liste.csv"
    path.write_text("phone,status\n030 901820,paused\n")
    found = _scheduled_settings(Entry(str(path), "red", "22:30"), path)
    assert (found.region, found.max_stop, found.unchecked, found.dnc_statuses) == ("DE", "5", "hold", ("gone",))
    assert str(found.rate) == "7/min"
    assert [(each.field, each.text, each.value) for each in found.values] == [("status", "Opt out", "DNC")]
    own.write_text('reggion = "DE"\n')
    with pytest.raises(BadConfiguration, match="reggion"):
        _scheduled_settings(Entry(str(path), "red", "22:30"), path)


@pytest.mark.trial
def test_a_file_is_submitted_once_until_it_changes(fleet):
    sheet = fleet.sheet("nightly.csv", fleet.teams["red"].phones)
    settings = fleet.home / "desk" / "home" / "bulk-sync"
    settings.mkdir(parents=True)
    (settings / "bulk-sync.toml").write_text(
        f'[[schedule]]\nfiles = "{fleet.home}/*.csv"\nprofile = "red"\nat = "22:30"\n'
    )
    (settings / "bulk-sync.toml").write_text('region = "DE"\n' + (settings / "bulk-sync.toml").read_text())
    fleet("schedule", "--once")
    fleet("schedule", "--once")
    with psycopg.connect(fleet.address) as db:
        assert db.execute("SELECT options ->> 'region' FROM bulk_sync.job").fetchall() == [("DE",)]
    assert [job["file"] for job in fleet.jobs().values()] == ["nightly.csv"]
    sheet.write_text(sheet.read_text() + "+14155550199,paused\n")
    fleet("schedule", "--once")
    assert len(fleet.jobs()) == 2
