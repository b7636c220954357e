"""What does a person at a terminal see of a run, and how does one say that something is meant?"""

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bulk_sync.errors import Cancelled, Code
from bulk_sync.model import Change, Kind, Outcome, Update
from bulk_sync.report.console import State, Terminal, at_terminal, bar
from bulk_sync.value_mapping import NotUnderstood

from .test_summary import summary

UPDATE = Update(0, Change("paused"), phone="+14155552671")


def terminal(*, quiet=False, colours=False):
    out = io.StringIO()
    console = Console(file=out, highlight=False, soft_wrap=True, width=120, force_terminal=colours or None)
    return Terminal(quiet=quiet, console=console), out


def shown(**more):
    screen, out = terminal()
    screen.show(summary(**more))
    return out.getvalue()


def test_the_summary_says_in_four_lines_how_it_went_where_the_results_are_and_what_is_next():
    assert shown(results=Path("x.csv"), correctable=Path("x.csv")).splitlines() == [
        "Done: 3 of 3 updates (1 set DNC, 2 restart outreach) in 1 s. The API allows 30/min.",
        "6 rows: 3 sent (2 updated, 1 merged); 1 with errors (rejected); 2 skipped (blank)",
        "Results: x.csv",
        "To send the rows with errors again, correct them in the results file, then: bulk-sync retry x.csv",
    ]


def test_in_a_file_a_sentence_stays_one_line():
    screen, out = terminal()
    screen._console.width = 40
    texts = [NotUnderstood("status", "a word", 2, "unknown_status")]
    screen.show(summary(not_understood=texts))
    said = [line for line in out.getvalue().splitlines() if line.startswith("To use such a cell")]
    assert said[0].endswith("Leave the part after = empty to change nothing.")


@pytest.mark.parametrize(("name", "word"), [("a;b.csv", "'a;b.csv'"), ("-n.csv", "./-n.csv"), ("$x.csv", "'$x.csv'")])
def test_a_file_is_one_word_of_the_command(name, word):
    assert shown(correctable=Path(name)).splitlines()[-1].endswith(f"bulk-sync retry {word}")


@pytest.mark.parametrize("more", [{"correctable": None}, {"counts": {("error", "leaves_dnc"): 2}}])
def test_no_retry_is_suggested_where_it_would_change_nothing(more):
    assert "retry" not in shown(**{"correctable": Path("x.csv"), **more})


def test_a_preview_says_what_the_codes_mean():
    text = shown(dry_run=True)
    for code in (Code.UPDATED, Code.MERGED, Code.REJECTED, Code.BLANK):
        assert code.word in text
        assert code.meaning in text


def test_a_dry_run_says_that_nothing_was_sent_and_how_long_it_would_take():
    text = shown(dry_run=True, seconds=19_980, calls=10_000, settled=0, calls_by_kind={Kind.REST: 10_000})
    assert "Preview of 6 rows. Nothing was sent." in text
    assert "Would send 10,000 updates: 10,000 other changes." in text
    assert "Would take about 5 h 33 min." in text


def test_errors_and_paths_are_shown_letter_by_letter():
    """A cell is not markup: [red], :smile: and [/] are what the person wrote."""
    tricky = 'Row 2, Phone (A2): "[red]12[/red] :smile: [/]" is not a phone number.'
    text = shown(examples=(tricky,), stopped="[bold]x[/bold] :warning:", results="a [b] :cat:.csv")
    assert tricky in text
    assert "[bold]x[/bold] :warning:" in text
    assert "Results: a [b] :cat:.csv" in text


def test_quiet_says_only_what_went_wrong():
    screen, out = terminal(quiet=True)
    screen.message("Columns: …")
    screen.started(3)
    screen.outcome(2, UPDATE, Outcome(Code.UPDATED), 0.0)
    screen.ended()
    screen.show(summary(exit_code=0))
    assert out.getvalue() == ""
    screen.show(summary(exit_code=1))
    (line,) = out.getvalue().splitlines()
    assert "contacts.csv: 1 row of 6 has an error (rejected 1)." in line
    assert line.endswith("Results: contacts.results.csv")


def going(now, *, colours):
    out = io.StringIO()
    console = Console(file=out, highlight=False, width=100, force_terminal=colours or None, legacy_windows=False)
    screen = Terminal(console=console, clock=lambda: now[0])
    screen.started(120)
    return screen, out


def test_without_a_terminal_a_line_a_minute_says_how_far_the_run_is():
    now = [0.0]
    screen, out = going(now, colours=False)
    for row in range(120):
        now[0] += 2.0
        code = Code.REJECTED if row == 3 else Code.UPDATED
        screen.outcome(row, UPDATE, Outcome(code), 240.0 - now[0])
    screen.ended()
    lines = out.getvalue().splitlines()
    assert [line.split(";")[0] for line in lines[:-1]] == [
        f"{done} of 120 updates done, 1 error" for done in (30, 60, 90)
    ]
    assert "3 min left, done " in lines[0]
    assert lines[-1] == "120 of 120 updates done, 1 error."


@pytest.mark.parametrize("width", [80, 120])
def test_a_screen_shows_the_wait_and_its_reason_the_errors_and_when_it_is_done(width):
    now = [0.0]
    state = State(120, lambda: now[0])
    now[0] = 60.0
    state.settled, state.seconds_left, state.waits_until, state.limit = 30, 180.0, 98.2, "30 a minute"
    state.errors.update(rejected=2, contact_not_found=1)
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, legacy_windows=False, color_system=None)
    console.print(bar(state, console).get_renderable())
    first, *rest = out.getvalue().splitlines()
    assert "30/120" in first and "3 errors" in first and "30/min" in first and "3 min left, done " in first
    assert [line.strip() for line in rest] == [
        "Waiting 38 s for the API's limit, 30 a minute.", "Errors: rejected 2, contact_not_found 1",
    ]  # fmt: skip
    assert all(len(line) <= width for line in (first, *rest))


def test_the_bar_counts_calls_and_errors_and_says_how_long_the_rest_takes():
    screen, out = terminal(colours=True)
    screen.started(3)
    screen.outcome(2, UPDATE, Outcome(Code.UPDATED), 61.0)
    screen.outcome(3, UPDATE, Outcome(Code.REJECTED), 30.0)
    screen._bar.refresh()
    screen.ended()
    screen.ended()
    assert "2/3" in out.getvalue()
    assert "30 s left" in out.getvalue()
    assert "1 error" in out.getvalue()


class _Typed(io.StringIO):
    def __init__(self, text="", *, terminal=True):
        super().__init__(text)
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.fixture
def asked(monkeypatch):
    """Asks about 1,200 contacts; whether it was confirmed, and what was shown."""

    def ask(typed, shown=None, count=1200):
        shown = shown or _Typed()
        monkeypatch.setattr(sys, "stdin", typed)
        monkeypatch.setattr(sys, "stderr", shown)
        return at_terminal("This file would stop 1,200 contacts.", count), shown.getvalue()

    return ask


@pytest.mark.parametrize("typed", ["1200\n", " 1,200 \n", "1.200\n", "1 200\r\n", "1'200\n", "1200"])
def test_the_count_is_confirmed_however_it_is_spelled(asked, typed):
    meant, shown = asked(_Typed(typed))
    assert meant
    assert shown.startswith("This file would stop 1,200 contacts.\nTo continue, type 1200.")


@pytest.mark.parametrize("typed", ["", "\n", "yes\n", "120\n", "12000\n", "-1200\n", "1200 contacts\n"])
def test_anything_else_is_no(asked, typed):
    assert not asked(_Typed(typed))[0]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("y\n", True), (" YES \n", True), ("", False), ("\n", False), ("n\n", False), ("yep\n", False), ("1200\n", False)],
)
def test_without_a_count_only_a_yes_confirms(asked, typed, meant):
    said, shown = asked(_Typed(typed), count=None)
    assert said == meant
    assert shown.rstrip("\n") == "This file would stop 1,200 contacts. [y/N] "


def test_long_lines_end_between_words(monkeypatch):
    shown = _Typed()
    monkeypatch.setattr(sys, "stdin", _Typed("y\n"))
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("COLUMNS", "20")
    at_terminal("A line that is longer than the screen.\nMeant?")
    assert shown.getvalue() == "A line that is\nlonger than the\nscreen.\nMeant? [y/N] "


def test_ctrl_c_cancels(asked):
    class Interrupted(_Typed):
        def readline(self):
            raise KeyboardInterrupt

    with pytest.raises(Cancelled, match="Nothing was sent") as cancelled:
        asked(Interrupted())
    assert cancelled.value.exit_code == 130


@pytest.mark.parametrize(
    ("typed", "shown"),
    [(None, None), (_Typed("1200\n", terminal=False), None), (_Typed("1200\n"), _Typed(terminal=False))],
)
def test_nobody_is_asked_where_nobody_sits(asked, typed, shown):
    assert asked(typed, shown) == (False, "")
