"""What does the DNC guard hold, and what does it cost? Whole commands in virtual time; nothing is sent anywhere.

    python benchmarks/guard.py [ROWS]

With the documented limits of 30 writes and 100 reads a minute. The bound is what the writes take: a first window at
once, then one a minute. 10,000 rows, the default, take some minutes.
"""

from __future__ import annotations

import sys
from bisect import insort
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.histories.crm import NEVER, phone_of
from tests.histories.player import Event, History, Player, Row, Step

LATE = 100.0
"""Seconds after which somebody of the team puts a contact into DNC that was looked at."""


class Late(Player):
    """Whoever was looked at for the first time, alone or by a list, is put into DNC `LATE` seconds later."""

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._looked_at: set[int] = set()
        self.left = 0
        self._page, self._write = self.crm.page, self.crm.write
        self.crm.page, self.crm.write = self._shown, self._written

    def _shown(self, query: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = self._page(query)
        everybody = range(len(self.history.people)) if query.get("status") == "DNC" else ()
        seen = {int(each["phoneNumber"][1:]) - int(phone_of(0)[1:]) for each in found["contacts"]} | {*everybody}
        for number in sorted(seen - self._looked_at):
            insort(self.events, Event(self.clock.now + LATE, number, "DNC"), key=lambda event: event.at)
        self._looked_at |= seen
        return found

    def _written(self, method: str, path: str, body: dict[str, Any], now: float) -> tuple[int, dict[str, Any]]:
        self.left += any(each.status in NEVER for each in self.crm.target(method, path, body))
        answer: tuple[int, dict[str, Any]] = self._write(method, path, body, now)
        return answer


def late(rows: int, *flags: str) -> str:
    """Rows whose contacts are put into DNC after they were looked at."""
    sheet = tuple(Row(at, "active") for at in range(rows))
    player = Late(History(("paused",) * rows, (Step("run", sheet, frozenset(flags)),)))
    player.play()
    title = f"{rows} contacts, put into DNC 100 s after they were first looked at{with_(flags)}"
    return f"| {title} | {player.left} | {len(player.judge.wrongs)} |"


def with_(flags: tuple[str, ...]) -> str:
    """The options, as a title goes on."""
    return "".join(f", `--{each}`" for each in flags)


def cost(rows: int, status: str, dnc: float, *flags: str, by_id: bool = False) -> str:
    """Rows against five times as many contacts."""
    every = round(1 / dnc)
    people = tuple("DNC" if number // 5 % every == 0 else "active" for number in range(5 * rows))
    sheet = tuple(Row(5 * number, status, by_id=by_id) for number in range(rows))
    player = Player(History(people, (Step("run", sheet, frozenset(flags)),), concurrency=32))
    began = player.clock.now
    [ended] = player.play().ended
    codes = Counter(row["sync_code"] for row in ended.rows)
    minutes, bound = ended.summary["seconds"] / 60, (codes["updated"] - 1) // 30
    for wrong in player.judge.wrongs[:1]:
        print(f"{len(player.judge.wrongs)} times: {wrong}")
    assert player.clock.now - began < 1.5 * ended.summary["seconds"] + 60
    title = f"{rows:,} rows that set {status}{', by ID' if by_id else ''}{with_(flags)}"
    figures = f"{minutes:.1f} | {bound} | {minutes / bound:.3f} | {codes['updated']:,} | {codes['leaves_dnc']:,}"
    return f"| {title} | {figures} |"


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| no faults, 30 writes a minute | left DNC | of them wrongly |\n|---|---|---|", flush=True)
    print(late(200), flush=True)
    print(late(200, "only-changed"), flush=True)
    print(f"\n| a team of {5 * rows:,}, 5 % in DNC | minutes | bound | share | writes | leaves_dnc |")
    print("|---|---|---|---|---|---|")
    for status in ("paused", "active"):
        print(cost(rows, status, 0.05), flush=True)
    print(cost(rows, "paused", 0.05, by_id=True), flush=True)


if __name__ == "__main__":
    main()
