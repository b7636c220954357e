"""Who is told how a run goes: a terminal, a log, nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bulk_sync.model import Outcome, Update


class Observer(Protocol):
    """Hears what a run finds out and does, and answers for the person who runs it."""

    def message(self, sentence: str) -> None:
        """Hear something found out or decided; "" is nothing to say."""

    def warning(self, sentence: str) -> None:
        """Hear of something that went wrong beside the run: who wants quiet hears it too."""

    def started(self, calls: int) -> None:
        """Hear that sending begins."""

    def outcome(self, row: int, update: Update, outcome: Outcome, seconds_left: float) -> None:
        """Hear an update's outcome; `row` is the number that a spreadsheet shows, `seconds_left` a forecast."""

    def waiting(self, seconds: float, limit: str | None) -> None:
        """Hear that nothing may leave for some seconds; `limit`: what the API allows, in words, where it is known."""

    def ended(self) -> None:
        """Hear that sending is over."""

    @property
    def is_attended(self) -> bool:
        """Whether a person is there who can be asked."""

    def confirm(self, question: str, count: int | None = None) -> bool:
        """Whether a person says yes, or types the count that is given; False where nobody is there to ask."""
