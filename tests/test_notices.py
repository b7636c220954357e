"""bulk_sync/notices.py: when somebody is told, in which words, and what is never told."""

import time
from types import SimpleNamespace

import pytest

from bulk_sync import notices
from bulk_sync.cli.output import exit_code_of
from bulk_sync.errors import (
    ApiAway,
    BadConfiguration,
    BadInput,
    BulkSyncError,
    Interrupted,
    KeyRefused,
    LeaseLost,
    LedgerAway,
    LimitReached,
    PastGuardRail,
    ProgramFault,
    RefusedEveryWindow,
    TooManyErrors,
)
from bulk_sync.notices import Ending, by_apprise, check, give, words

ADDRESS = "json://user:hunter2@127.0.0.1:9/token"


def summary(**counts):
    return SimpleNamespace(
        run="20261127-203000-k3fx", rows=sum(counts.values()), result=lambda name: counts.get(name, 0),
        to_go_on=None
        if set(counts) <= {"success", "skipped"}
        else "To continue: bulk-sync resume 20261127-203000-k3fx",
    )  # fmt: skip


@pytest.fixture
def told(tmp_path, monkeypatch):
    """`told(exit_code)` are the titles of the notices that an ending brings."""
    posts = []

    def post(addresses, title, text, good):
        posts.append((title, good))
        return post.missed

    post.missed = []
    monkeypatch.setattr("bulk_sync.notices.by_apprise", post)

    def tell(code, always=False, subject="a.csv"):
        posts.clear()
        tell.said = give(Ending("a.csv", code), subject, [ADDRESS], tmp_path, always=always)
        return [(title.removeprefix("bulk-sync: a.csv, "), good) for title, good in posts]

    tell.post = post
    return tell


BAD, WELL_AGAIN = ("exit code 3", False), ("no problem any more", True)


def test_another_input_or_account_is_not_well_again_for_that(told):
    told(3)
    assert told(0, subject="b.csv") == []
    assert told(0) == [WELL_AGAIN]


def test_what_could_not_be_delivered_is_said_and_being_well_again_is_told_later(told):
    told.post.missed = ["address 1 (JSON)"]
    told(3)
    assert told.said == "The notice could not be delivered to address 1 (JSON)."
    assert told(0) == [WELL_AGAIN]
    told.post.missed = []
    assert told(0) == [WELL_AGAIN]
    assert told(0) == []


def test_a_state_folder_that_cannot_be_written_keeps_no_notice_back(told, tmp_path):
    (tmp_path / "notices").write_text("a file")
    assert told(3) == [BAD]


def test_a_notice_says_what_happened_the_counts_and_what_to_do():
    ending = Ending(
        "/home/ann/lists/tonight.csv", 3, TooManyErrors, summary(success=1100, error=80, not_sent=24),
        where="Moved to failed/2026-11-27.",
    )  # fmt: skip
    title, text = words(ending)
    assert title == "bulk-sync: tonight.csv, exit code 3"
    assert text.splitlines() == [
        "tonight.csv: It stopped, because too many rows failed.",
        "1,204 rows: 1,100 succeeded, 80 with errors, 24 not sent. Exit code 3. Run 20261127-203000-k3fx.",
        f"Moved to failed/2026-11-27. See sync_error in the results file. {ending.summary.to_go_on}",
    ]


@pytest.mark.parametrize(("code", "stop", "said"), [(3, LedgerAway, "shared ledger"), (6, LeaseLost, "taken it over")])
def test_a_notice_of_a_shared_ledger_says_what_ended_the_run_and_not_what_the_code_usually_means(code, stop, said):
    text = words(Ending("tonight.csv", code, stop, summary(success=5, not_sent=5)))[1]
    assert said in text
    assert "could not be read" not in text
    assert "sent nothing" not in text


def test_a_notice_that_it_is_well_again_says_so():
    title, text = words(Ending("tonight.csv", 0, summary=summary(success=1)), recovered=True)
    assert title == "bulk-sync: tonight.csv, no problem any more"
    assert text.splitlines()[0].endswith("This is the first time without a problem since the last notice.")
    assert "1 row: 1 succeeded." in text


@pytest.mark.parametrize(
    "error",
    [
        BadInput("Row 3: +14155552671"), BadConfiguration("key gua_secret"), TooManyErrors("Ann Miller"),
        ApiAway("Ann"), RefusedEveryWindow("x"), PastGuardRail("x"), KeyRefused("gua_secret"), LimitReached("x"),
        ProgramFault(ValueError("+14155552671")), Interrupted(15), OSError("Ann.csv"), ValueError("+14155552671"),
        KeyboardInterrupt(), SystemExit(143), AssertionError("Ann"),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_no_sentence_of_a_run_is_passed_on(error):
    title, text = words(Ending("tonight.csv", exit_code_of(error), type(error)))
    for secret in ("4155552671", "Ann", "gua_secret"):
        assert secret not in title + text
    assert f"Exit code {exit_code_of(error)}." in text
    assert len(text.splitlines()) in {2, 3}


def test_every_error_of_the_tree_has_words_and_its_own_exit_code():
    def tree(kind):
        return {kind}.union(*map(tree, kind.__subclasses__()))

    for kind in tree(BulkSyncError) - {BulkSyncError}:
        code = getattr(kind, "exit_code", 3)
        assert words(Ending("a.csv", code, kind))[1]
    assert [exit_code_of(each) for each in (OSError(), SystemExit(), SystemExit("x"), KeyError())] == [2, 0, 1, 7]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("+1 415-555-2671.csv", "….csv"),
        ("contacts_4155552671_b.csv", "contacts_…_b.csv"),
        ("0301234567 calls.csv", "… calls.csv"),
        ("tonight-2026-11-27.csv", "tonight-2026-11-27.csv"),
        ("tonight_20261127.csv", "tonight_20261127.csv"),
        ("2026-11-27 0830.csv", "2026-11-27 0830.csv"),
        ("202611271.csv", "….csv"),
        ("undo 20261127-203000-32nu", "undo 20261127-203000-32nu"),
        ("week 48.csv", "week 48.csv"),
    ],
)
def test_a_phone_number_in_a_files_name_is_not_passed_on_and_a_date_is(name, shown):
    assert words(Ending(f"/lists/{name}", 1))[0] == f"bulk-sync: {shown}, exit code 1"


@pytest.mark.parametrize("address", ["nonsense", "slack://hunter2", "http://hunter2.example", "", "hunter2://x"])
def test_an_address_that_apprise_cannot_use_is_refused_without_repeating_it(address):
    with pytest.raises(BadConfiguration, match="is not shown") as refused:
        check(address)
    assert "hunter2" not in str(refused.value)


def test_a_notice_that_nobody_takes_is_over_after_ten_seconds_and_named_without_its_secrets(monkeypatch):
    monkeypatch.setattr(notices, "SECONDS", 0.2)
    check(ADDRESS)
    service = notices._service
    slow = SimpleNamespace(notify=lambda *_, **__: time.sleep(5))
    broken = SimpleNamespace(notify=lambda *_, **__: 1 / 0)
    fakes = {ADDRESS: service(ADDRESS), "slow": slow, "broken": broken}
    monkeypatch.setattr(notices, "_service", fakes.get)
    monkeypatch.setattr(notices, "_named", lambda number, address: f"address {number + 1}")
    began = time.monotonic()
    assert by_apprise([ADDRESS, "slow", "broken"], "t", "x", False) == ["address 1", "address 2", "address 3"]
    assert time.monotonic() - began < 2
    monkeypatch.undo()
    assert notices._named(0, ADDRESS) == "address 1 (JSON)"
