"""How does a person at a terminal say that something is meant?"""

import io
import sys

import pytest

from bulk_sync.errors import Cancelled
from bulk_sync.report.console import at_terminal, nobody


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


def test_nobody_confirms_nothing():
    assert not nobody("This file would stop 1,200 contacts.", 1200)
