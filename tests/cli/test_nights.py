"""The options of a night: notices by flags, environment and settings, the inbox, an exit code despite row errors."""

import time

import pytest

from tests.desk import PHONES

SECRET = "hunter2"
ADDRESS = f"json://ops:{SECRET}@127.0.0.1:9/{SECRET}"


@pytest.fixture
def at(at, monkeypatch):
    at.sheet([(PHONES[0], "DNC"), ("12", "DNC")])
    at.posts, at.missed = [], []

    def post(addresses, title, text, good):
        at.posts.append((addresses, title, text))
        return at.missed

    monkeypatch.setattr("bulk_sync.notices.by_apprise", post)
    monkeypatch.setattr("bulk_sync.inbox.STILL", 0.0)
    return at


def said(at, *arguments, code, **variables):
    done = at(*arguments, **variables)
    assert done.code == code, done.screen
    assert SECRET not in done.screen + done.out
    for path in at.state.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    return " ".join(done.screen.split())


def own_file(at, text):
    folder = at.home / "home" / "bulk-sync"
    folder.mkdir(parents=True)
    (folder / "bulk-sync.toml").write_text(text)


def test_a_notice_of_a_run_goes_to_the_addresses_of_its_flags(at):
    said(at, "rows.csv", "--notify", ADDRESS, "--notify", "json://127.0.0.1:9", code=1)
    [(addresses, title, text)] = at.posts
    assert addresses == (ADDRESS, "json://127.0.0.1:9")
    assert title == "bulk-sync: rows.csv, exit code 1"
    assert f"2 rows: 1 succeeded, 1 with errors. Exit code 1. Run {at.history()[0]['run']}." in text
    assert PHONES[0] not in text


@pytest.mark.parametrize("line", [f'notify = "{ADDRESS}"', f'notify = ["{ADDRESS}"]'])
def test_addresses_are_read_from_the_users_settings_by_every_command_that_syncs(at, line):
    own_file(at, f"{line}\nnotify-on = 'always'\n")
    said(at, "rows.csv", "--max-writes", 1, code=1)
    said(at, "retry", "rows.results.csv", code=1)
    said(at, "resume", code=2)
    said(at, "undo", at.history()[0]["run"], code=2)
    said(at, "inbox", at.home / "none", "--once", code=2)
    assert [title.partition(", ")[::2] for _, title, _ in at.posts] == [
        ("bulk-sync: rows.csv", "exit code 1"),
        ("bulk-sync: rows.results.csv", "exit code 1"),
        ("bulk-sync: resume", "exit code 2"),
        (f"bulk-sync: undo {at.history()[0]['run']}", "exit code 2"),
        ("bulk-sync: none", "exit code 2"),
    ]


def test_addresses_are_read_from_the_environment(at):
    said(at, "rows.csv", code=1, BULK_SYNC_NOTIFY=f"{ADDRESS} json://127.0.0.1:9")
    assert len(at.posts[0][0]) == 2


def test_a_run_that_could_not_begin_is_told_of(at):
    said(at, "none.csv", "--notify", ADDRESS, code=2)
    said(at, "rows.csv", "--notify", ADDRESS, code=4, BULK_SYNC_API_KEY="wrong")
    assert [title for _, title, _ in at.posts] == [
        "bulk-sync: none.csv, exit code 2",
        "bulk-sync: rows.csv, exit code 4",
    ]
    assert "did not accept the key" in at.posts[1][2]


def test_a_preview_and_a_sandbox_say_nothing_of_the_real_run(at):
    said(at, "rows.csv", "--notify", ADDRESS, code=1)
    at.sheet([(PHONES[0], "DNC")])
    said(at, "rows.csv", "-n", "--notify", ADDRESS, code=0)
    assert len(at.posts) == 1
    said(at, "rows.csv", "--notify", ADDRESS, code=0)
    assert at.posts[1][1] == "bulk-sync: rows.csv, no problem any more"


def test_a_notice_that_cannot_be_delivered_changes_no_exit_code(at):
    at.missed = ["address 1 (JSON)"]
    assert "could not be delivered to address 1 (JSON)" in said(at, "rows.csv", "-q", "--notify", ADDRESS, code=1)
    assert '"event": "problem"' in said(at, "rows.csv", "--log-format", "json", "--notify", ADDRESS, code=1)


@pytest.mark.parametrize(
    ("arguments", "text", "variables"),
    [
        (["--notify", f"nonsense://{SECRET}"], "", {}),
        ([], "", {"BULK_SYNC_NOTIFY": f"slack://{SECRET}"}),
        ([], f'# mine\nnotify = ["slack://{SECRET}"]', {}),
        ([], f'# mine\nnotify = "{SECRET}"', {}),
        ([], f'# mine\nnotify = {{ a = "{SECRET}" , b = 5 }}', {}),
        ([], '# mine\nnotify-on = "nobody"', {}),
    ],
)
def test_an_address_that_cannot_be_used_ends_with_4_before_anything_is_sent(at, arguments, text, variables):
    own_file(at, text)
    screen = said(at, "rows.csv", *arguments, code=4, **variables)
    assert not at.sent
    assert not text or "bulk-sync.toml, line 2" in screen


def test_an_address_in_the_wrong_place_is_not_repeated(at):
    assert "json://…" in said(at, "rows.csv", "--notify", "json://127.0.0.1:9", ADDRESS, code=2)


def test_row_errors_can_be_no_reason_for_another_exit_code_than_0(at):
    assert said(at, "rows.csv", "-q", "--ok-with-row-errors", "--notify", ADDRESS, code=0) == ""
    assert not at.posts
    assert at.codes() == ["updated", "invalid_phone"]
    said(at, "none.csv", "--ok-with-row-errors", code=2)
    said(at, "rows.csv", "--ok-with-row-errors", code=4, BULK_SYNC_API_KEY="wrong")


@pytest.mark.parametrize("arguments", [[], ["--once", "--watch"], ["--once", "-n"], ["--once", "-o", "x.csv"]])
def test_an_inbox_has_one_way_to_go_on_and_nothing_that_is_for_one_file(at, arguments):
    (at.work / "in").mkdir()
    said(at, "inbox", "in", *arguments, code=2)
    said(at, "inbox", "in", "--once", code=2, BULK_SYNC_DRY_RUN="1")


def test_an_inbox_syncs_moves_and_ends_with_the_worst(at):
    box = at.work / "in"
    box.mkdir()
    at.sheet([(PHONES[0], "DNC")], "in/good.csv")
    at.sheet([("12", "DNC")], "in/errors.csv")
    at.sheet([("12", "DNC")], "in/+1 415-555-2671.csv")
    (box / "bad.csv").write_text("a web page\n")
    screen = said(at, "inbox", "in", "--once", "--notify", ADDRESS, code=2)
    assert "bad.csv: exit code 2." in screen
    assert at.sent == {PHONES[0]: 1}
    assert [path.name for path in sorted(box.rglob("*.csv"))] == [
        "+1 415-555-2671.csv", "+1 415-555-2671.results.csv", "errors.csv", "errors.results.csv", "good.csv",
        "good.results.csv", "bad.csv",
    ]  # fmt: skip
    assert [title for _, title, _ in sorted(at.posts)] == [
        "bulk-sync: bad.csv, exit code 2",
        "bulk-sync: errors.csv, exit code 1",
        "bulk-sync: ….csv, exit code 1",
    ]
    assert all("415" not in text and str(at.work) not in text for _, _, text in at.posts)
    assert f"Moved to done/{time.strftime('%Y-%m-%d')}: ….csv, ….results.csv." in "".join(text for *_, text in at.posts)
    assert said(at, "inbox", "in", "--once", "-q", code=0) == ""


def test_what_stays_in_an_inbox_is_brought_to_its_end_by_whoever_comes_first(at):
    box = at.work / "in"
    box.mkdir()
    at.sheet([(phone, "DNC") for phone in PHONES[:6]], "in/rows.csv")
    assert "stays in the inbox" in said(at, "inbox", "in", "--once", "--max-writes", 2, code=5)
    assert sorted(path.name for path in box.glob("*.csv")) == ["rows.csv", "rows.results.csv"]
    said(at, "inbox", "in", "--once", "--max-writes", 2, code=5)
    said(at, "resume", "--max-writes", 9, code=0)
    assert "is synced already" in said(at, "inbox", "in", "--once", code=0)
    assert at.sent == dict.fromkeys(PHONES[:6], 1)
    assert not list(box.glob("*.csv"))
    [results] = box.glob("done/*/rows.results.csv")
    assert str(results) == at.history()[0]["results"]
    said(at, "retry", results, code=0)
    assert at.sent.total() == 6


def test_a_refused_key_leaves_a_whole_inbox_where_it_is(at):
    (at.work / "in").mkdir()
    for name in "abc":
        at.sheet([(PHONES[0], "DNC")], f"in/{name}.csv")
    said(at, "inbox", "in", "--once", "--notify", ADDRESS, code=4, BULK_SYNC_API_KEY="wrong")
    assert len(list((at.work / "in").glob("?.csv"))) == 3
    assert len(at.posts) == 1
    at.sent.clear()  # of the request that was refused
    said(at, "inbox", "in", "--once", code=0)
    assert at.sent == {PHONES[0]: 3}


def test_a_file_that_failed_is_gone_on_with_where_it_was_moved_to(at):
    (at.work / "in").mkdir()
    at.sheet([(phone, "active") for phone in PHONES[:3]], "in/rows.csv")
    said(at, "inbox", "in", "--once", "--max-restart", 1, code=3)
    [results] = (at.work / "in").glob("failed/*/rows.results.csv")
    assert not at.sent
    said(at, "resume", "--yes", code=0)
    assert at.sent.total() == 3
    assert set(at.codes(results)) == {"updated"}
