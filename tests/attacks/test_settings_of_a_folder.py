"""A folder from a stranger is harmless: what its bulk-sync.toml may not say, and what it says is said."""

import os

import pytest

from tests.desk import PHONES

pytestmark = pytest.mark.trial

LIST = [[PHONES[0], "DNC", "active"], [PHONES[1], "paused", "active"]]


def given(at_desk, text, *arguments, **variables):
    at_desk.sheet(LIST, head=("phone", "status", "note"))
    (at_desk.work / "bulk-sync.toml").write_text(text)
    return at_desk("rows.csv", *arguments, **variables)


def own(at_desk, monkeypatch, text):
    folder = at_desk.home / "home" / "bulk-sync"
    folder.mkdir(parents=True)
    (folder / "bulk-sync.toml").write_text(text)


@pytest.mark.parametrize(
    "line",
    [
        'output = "taken.csv"',
        'json-results = "taken.json"',
        'json_results = "taken.json"',
        'base_url = "http://127.0.0.1:9"',
        'create-missing = "Spring"',
        'unchecked = "send"',
        "plus_missing = true",
        "no-plus-missing = true",
        "confirm = false",
        'notify = ["json://evil.example"]',
        'notify-on = "always"',
        "ok_with_row_errors = true",
        'report = "taken.html"',
        'errors-only = "taken.csv"',
        'ledger = "postgresql://evil.example"',
        'profile = "other"',
        "[profile.other]\nbase_url = 'http://127.0.0.1:9'",
        "[[schedule]]\nfile = '*.csv'",
        '[values.status]\nDNC = "active"',
    ],
)
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_what_the_folder_may_not_say_ends_with_4_and_names_line_place_and_the_users_file(at_desk, line, dry):
    done = given(at_desk, f'region = "US"\n\n{line}\n', *dry)
    assert done.code == 4
    screen = " ".join(done.screen.split())
    assert f"{at_desk.work / 'bulk-sync.toml'}, line 3" in screen
    assert str(at_desk.home / "home" / "bulk-sync" / "bulk-sync.toml") in screen
    assert not at_desk.sent
    assert {each.name for each in at_desk.work.iterdir()} == {"rows.csv", "bulk-sync.toml"}


@pytest.mark.parametrize(
    "text",
    [
        'map = { status = "note" }',
        '[map]\nstatus = "note"',
        '[map]\nphone = "note"\nstatus = "status"',
        'map = { status = "" }',
        'map = { status = "C" }',
        'map.status = "note"',
        '"map" = { phone = "status" }',
    ],
)
def test_a_map_over_a_header_of_the_file_turns_nobodys_dnc_into_active(at_desk, text):
    done = given(at_desk, text)
    assert done.code == 4
    assert "line 1" in done.screen
    assert "--map" in done.screen
    assert not at_desk.sent


def test_a_map_of_the_folder_is_taken_where_no_header_names_the_field(at_desk):
    at_desk.sheet([[PHONES[0], "DNC"]], head=("phone", "verdict"))
    (at_desk.work / "bulk-sync.toml").write_text('map = { status = "verdict" }\n')
    done = at_desk("rows.csv")
    assert done.code == 0
    assert "map = {'status': 'verdict'}" in " ".join(done.screen.split())
    assert at_desk.status(PHONES[0]) == "DNC"


def test_a_map_of_a_flag_may_do_what_that_of_the_folder_may_not(at_desk):
    assert given(at_desk, "", "--map", "status=note").code == 0


def test_what_is_taken_is_said_first_and_what_a_flag_beats_is_not(at_desk):
    done = given(at_desk, 'region = "GB"\nmax-restart = 5\nrate = "10/s"\n', "--rate", "20/s")
    first = " ".join(done.screen.split())
    assert done.code == 0
    assert f"Settings taken from {at_desk.work / 'bulk-sync.toml'}: region = 'GB', max_restart = 5." in first
    assert "10/s" not in first


@pytest.mark.parametrize("rail", ["max_stop", "max_restart", "max_move", "max_errors"])
def test_a_guard_rail_of_the_user_is_not_replaced(at_desk, monkeypatch, rail):
    own(at_desk, monkeypatch, f"{rail} = 1\n")
    done = given(at_desk, f"{rail} = 1000\n")
    assert done.code == 4
    assert rail in done.screen
    assert not at_desk.sent


def test_the_users_own_file_may_say_all_of_it(at_desk, monkeypatch):
    own(at_desk, monkeypatch, 'output = "mine.csv"\njson_results = "mine.json"\nmap = { status = "note" }\n')
    assert given(at_desk, "").code == 0
    assert (at_desk.work / "mine.csv").exists()
    assert (at_desk.work / "mine.json").exists()
    assert at_desk.status(PHONES[0]) == "active"


@pytest.mark.parametrize(
    "line",
    [
        "concurrency = true",
        "concurrency = 1.5",
        'concurrency = "many"',
        "concurrency = 0",
        "max_writes = [1]",
        "only-changed = 1",
        'only_changed = "yes"',
        "region = true",
        "region = 1979-05-27",
        "region = { a = 1 }",
        "rate = 5",
        "rate = '0/s'",
        "rate = '99999999999999999999/s'",
        "rate = '1/99999999999h'",
        "until = 08:00:00",
        "until = '25:00'",
        "max_errors = 1.5",
        "max_errors = '200%'",
        "map = 'status=note'",
        "map = { status = 1.5 }",
        "map = { colour = 'A' }",
        "order = 'backwards'",
        "regoin = 'US'",
    ],
)
def test_odd_values_end_with_4_and_the_place(at_desk, line):
    done = given(at_desk, f'# mine\nsheet = "x"\n{line}\n')
    assert done.code == 4, done.screen
    assert "bulk-sync.toml, line 3" in " ".join(done.screen.split())
    assert not at_desk.sent


@pytest.mark.parametrize(
    ("variables", "flags"),
    [
        ({"BULK_SYNC_BASE_URL": "http://127.0.0.1:99999"}, ()),
        ({"BULK_SYNC_BASE_URL": "http://127.0.0.1:-1"}, ()),
        ({"BULK_SYNC_BASE_URL": "http://[::1"}, ()),
        ({"BULK_SYNC_BASE_URL": "http://127.0.0.1:http"}, ()),
        ({"BULK_SYNC_BASE_URL": "https://" + "a" * 70_000}, ()),
        ({"BULK_SYNC_BASE_URL": "https://x..y"}, ()),
        ({"BULK_SYNC_BASE_URL": "https://xn--\udc80"}, ()),
        ({}, ("--base-url", "http://127.0.0.1:99999")),
        ({"BULK_SYNC_RATE": "1e400/s"}, ()),
        ({}, ("--rate", "5/0.0000000000001s")),
        ({}, ("--rate", "99999999999999999999999/min")),
        ({}, ("--concurrency", "99999999999999999999")),
        ({}, ("--max-duration", "99999999999999999999h")),
        ({}, ("--max-outage", "1e999h")),
    ],
)
def test_absurd_addresses_rates_and_times_are_refused_without_a_traceback(at_desk, variables, flags):
    done = given(at_desk, "", *flags, **variables)
    assert done.code in {2, 4}, done.screen
    assert not at_desk.sent


def test_a_settings_file_nested_a_thousandfold_is_a_sentence(at_desk):
    assert given(at_desk, "x = " + "[" * 100_000).code == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_json_results_may_name_neither_the_input_nor_the_results(at_desk):
    at_desk.sheet(LIST, head=("phone", "status", "note"))
    before = (at_desk.work / "rows.csv").read_bytes()
    (at_desk.work / "link.csv").symlink_to("rows.csv")
    os.link(at_desk.work / "rows.csv", at_desk.work / "hard.csv")
    for arguments in (
        ["--json-results", "rows.csv"],
        ["--json-results", "link.csv"],
        ["--json-results", "hard.csv"],
        ["--json-results", "rows.results.csv"],
        ["-o", "out.csv", "--json-results", "out.csv"],
        ["-o", "link.csv"],
        ["-o", "hard.csv"],
    ):
        done = at_desk("rows.csv", *arguments)
        assert done.code == 2, (arguments, done.screen)
    assert (at_desk.work / "rows.csv").read_bytes() == before
    assert not at_desk.sent
