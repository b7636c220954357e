"""A folder from a stranger is harmless: what its bulk-sync.toml may not say, and what it says is said."""

import os

import pytest

from tests.desk import PHONES

pytestmark = pytest.mark.trial

LIST = [[PHONES[0], "DNC", "active"], [PHONES[1], "paused", "active"]]


def given(at, text, *arguments, **variables):
    at.sheet(LIST, head=("phone", "status", "note"))
    (at.work / "bulk-sync.toml").write_text(text)
    return at("rows.csv", *arguments, **variables)


def own(at, monkeypatch, text):
    folder = at.home / "home" / "bulk-sync"
    folder.mkdir(parents=True)
    (folder / "bulk-sync.toml").write_text(text)


MAY_NOT = [
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
]


def test_what_the_folder_may_not_say_ends_with_4_and_names_line_place_and_the_users_file(at, subtests):
    for number, line in enumerate(MAY_NOT):
        with subtests.test(line):
            done = given(at, f'region = "US"\n\n{line}\n', *(["--dry-run"] if number % 3 == 0 else []))
            assert done.code == 4
            screen = " ".join(done.screen.split())
            assert f"{at.work / 'bulk-sync.toml'}, line 3" in screen
            assert str(at.home / "home" / "bulk-sync" / "bulk-sync.toml") in screen
            assert not at.sent
            assert {each.name for each in at.work.iterdir()} == {"rows.csv", "bulk-sync.toml"}


MAPS = [
    'map = { status = "note" }',
    '[map]\nstatus = "note"',
    '[map]\nphone = "note"\nstatus = "status"',
    'map = { status = "" }',
    'map = { status = "C" }',
    'map.status = "note"',
    '"map" = { phone = "status" }',
]


def test_a_map_over_a_header_of_the_file_turns_nobodys_dnc_into_active(at, subtests):
    for text in MAPS:
        with subtests.test(text):
            done = given(at, text)
            assert done.code == 4
            assert "line 1" in done.screen
            assert "--map" in done.screen
            assert not at.sent


def test_a_map_of_the_folder_is_taken_where_no_header_names_the_field(at):
    at.sheet([[PHONES[0], "DNC"]], head=("phone", "verdict"))
    (at.work / "bulk-sync.toml").write_text('map = { status = "verdict" }\n')
    done = at("rows.csv")
    assert done.code == 0
    assert "map = {'status': 'verdict'}" in " ".join(done.screen.split())
    assert at.status(PHONES[0]) == "DNC"


def test_a_map_of_a_flag_may_do_what_that_of_the_folder_may_not(at):
    assert given(at, "", "--map", "status=note").code == 0


def test_what_is_taken_is_said_first_and_what_a_flag_beats_is_not(at):
    done = given(at, 'region = "GB"\nmax-restart = 5\nrate = "10/s"\n', "--rate", "20/s")
    first = " ".join(done.screen.split())
    assert done.code == 0
    assert f"Settings taken from {at.work / 'bulk-sync.toml'}: region = 'GB', max_restart = 5." in first
    assert "10/s" not in first


@pytest.mark.parametrize("rail", ["max_stop", "max_restart", "max_move", "max_errors"])
def test_a_guard_rail_of_the_user_is_not_replaced(at, monkeypatch, rail):
    own(at, monkeypatch, f"{rail} = 1\n")
    done = given(at, f"{rail} = 1000\n")
    assert done.code == 4
    assert rail in done.screen
    assert not at.sent


def test_the_users_own_file_may_say_all_of_it(at, monkeypatch):
    own(at, monkeypatch, 'output = "mine.csv"\njson_results = "mine.json"\nmap = { status = "note" }\n')
    assert given(at, "").code == 0
    assert (at.work / "mine.csv").exists()
    assert (at.work / "mine.json").exists()
    assert at.status(PHONES[0]) == "active"


ODD = [
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
]


def test_odd_values_end_with_4_and_the_place(at, subtests):
    for line in ODD:
        with subtests.test(line):
            done = given(at, f'# mine\nsheet = "x"\n{line}\n')
            assert done.code == 4, done.screen
            assert "bulk-sync.toml, line 3" in " ".join(done.screen.split())
            assert not at.sent


ABSURD = [
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
]


def test_absurd_addresses_rates_and_times_are_refused_without_a_traceback(at, subtests):
    for variables, flags in ABSURD:
        with subtests.test(repr((variables, flags))[:80]):
            done = given(at, "", *flags, **variables)
            assert done.code in {2, 4}, done.screen
            assert not at.sent


def test_a_settings_file_nested_a_thousandfold_is_a_sentence(at):
    assert given(at, "x = " + "[" * 100_000).code == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_json_results_may_name_neither_the_input_nor_the_results(at):
    at.sheet(LIST, head=("phone", "status", "note"))
    before = (at.work / "rows.csv").read_bytes()
    (at.work / "link.csv").symlink_to("rows.csv")
    os.link(at.work / "rows.csv", at.work / "hard.csv")
    for arguments in (
        ["--json-results", "rows.csv"],
        ["--json-results", "link.csv"],
        ["--json-results", "hard.csv"],
        ["--json-results", "rows.results.csv"],
        ["-o", "out.csv", "--json-results", "out.csv"],
        ["-o", "link.csv"],
        ["-o", "hard.csv"],
    ):
        done = at("rows.csv", *arguments)
        assert done.code == 2, (arguments, done.screen)
    assert (at.work / "rows.csv").read_bytes() == before
    assert not at.sent
