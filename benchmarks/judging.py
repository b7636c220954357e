"""What is wrong after an interruption, and after somebody has gone on?"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, NamedTuple

from interruptions import DONE, HEAD, IN_FLIGHT, Desk, Ended, Moment, Settled, Undisturbed, desk, interrupt, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interruptions import Mode


CANNOT_BEGIN = 2
"""An exit code: nothing was sent."""


class Fate(NamedTuple):
    """What a trial came to. `landed`: before or while something was sent, while results were written, or after all."""

    landed: str
    faults: list[str]
    twice: int
    told_otherwise: int


def trial(mode: Mode, moments: list[Moment], calm: Undisturbed, *, same_command: bool) -> Fate:
    """Interrupt the command of a mode, and whoever goes on with it as often as there are moments; go on, and look."""
    with desk(mode) as at:
        faults, in_flight, arguments = [], set[str](), at.arguments()
        known, landed = None, ""
        for moment in moments:
            before, heard = at.ended(0), len(at.heard.writes)
            cut = at.ended(interrupt(at, moment, arguments))
            again = _again(at, heard, known)
            known = at.settled()
            landed = landed or _landed(at, moment, known)
            faults += [*again, *_of_the_cut(at, moment, cut, known, calm, before)]
            in_flight |= set(cut.applied) - set(known.before if known else ())
            if known is not None and known.state == "finished":
                break
            arguments = at.arguments() if same_command or known is None else ["resume", "--quiet"]
        heard = len(at.heard.writes)
        if known is None or known.state != "finished":
            faults += _gone_on(at, arguments, known)
        end = at.ended(calm.ended.code)
        faults += [*_again(at, heard, known), *_of_the_end(at, end, calm, in_flight), *_forgotten(at, known)]
        twice = sum((end.applied - calm.ended.applied).values())
        if twice > IN_FLIGHT * len(moments):
            faults.append(f"{twice} were sent twice")
        otherwise = sum(_codes(row) != _codes(wanted) for row, wanted in _pairs(end, calm.ended))
        return Fate(landed, faults, twice, otherwise)


def _again(at: Desk, heard: int, known: Settled | None) -> list[str]:
    """What was sent although it was settled before."""
    again = {phone for phone, _ in at.heard.writes[heard:]} & set(known.before if known else ())
    return [f"sent again although it was settled: {phone}" for phone in sorted(again)]


def _landed(at: Desk, moment: Moment, known: Settled | None) -> str:
    if moment.kind in {"written", "placed"}:
        return "writing"
    if known is not None and known.state == "finished":
        return "after"
    return "sending" if len(at.heard.writes) > at.since else "before"


def _gone_on(at: Desk, arguments: list[str], known: Settled | None) -> Iterator[str]:
    """`bulk-sync resume`, or the same command; where the run died before it had begun, only that can help."""
    code, said = at.call(*arguments)
    if code == CANNOT_BEGIN and not (known and known.before):
        code, said = at.call(*at.arguments())
    if code not in {0, 1} or "Traceback" in said:
        yield f"going on ended with {code}: {said.strip()[-600:]}"


def _of_the_cut(
    at: Desk, moment: Moment, cut: Ended, known: Settled | None, calm: Undisturbed, before: Ended
) -> Iterator[str]:
    """What is wrong with what an interruption left behind."""
    is_kill = moment.number == signal.SIGKILL
    is_done = known is not None and known.state == "finished"
    if cut.code not in {128 + moment.number, *([calm.ended.code] if is_done else [])}:
        yield f"exit code {cut.code} although the run is {known and known.state}"
    has_results = cut.written != before.written
    has_sent = cut.applied != before.applied
    if not is_kill and has_sent and not has_results and not (moment.again and _is_late(moment)):
        yield "something was sent, and there are no results"
    if not is_kill and (left := _left_over(at)):
        yield f"left behind by {moment.number.name}: {', '.join(left)}"
    if has_results:
        yield from _mislabelled(cut, at)
    in_flight = set(cut.applied - before.applied) - set(known.before if known else ())
    if len(in_flight) > IN_FLIGHT:
        yield f"{len(in_flight)} in flight"


def _is_late(moment: Moment) -> bool:
    return moment.kind in {"written", "placed"}


def _mislabelled(found: Ended, at: Desk) -> Iterator[str]:
    """Rows that are lost, in another order, or say something else than what the API did."""
    results = found.results or []
    if not at.mode.is_undo and [tuple(row[name] for name in HEAD) for row in results] != rows():
        yield f"the rows of the results are not those of the sheet: {len(results)}"
    for row in results:
        is_applied = row["sync_phone"] in found.applied
        if row["sync_code"] in {"updated", "created", "merged"} and not is_applied:
            yield f"row {row['sync_row']} says {row['sync_code']}, and nothing was done"
        if row["sync_result"] == "not_sent" and is_applied:
            yield f"row {row['sync_row']} says not_sent ({row['sync_code']}), and it was done"


def _left_over(at: Desk) -> list[str]:
    """Files beside the sheet that are neither it nor results."""
    results = {path.name for path in at.work.glob(at.mode.results)} | {f"rows.results{at.mode.suffix}"}
    return sorted({path.name for path in at.work.iterdir()} - results - {f"rows{at.mode.suffix}"})


def _of_the_end(at: Desk, end: Ended, calm: Undisturbed, in_flight: set[str]) -> Iterator[str]:
    """What is wrong after all."""
    if end.results is None:
        yield "no results in the end"
        return
    yield from _mislabelled(end, at)
    if end.contacts != calm.ended.contacts:
        differ = set(end.contacts) ^ set(calm.ended.contacts)
        yield f"the API stands otherwise: {sorted(differ)[:4]}"
    for row, wanted in _pairs(end, calm.ended):
        is_excused = row["sync_phone"] in in_flight and {row["sync_code"], wanted["sync_code"]} <= DONE
        if _codes(row) != _codes(wanted) and not is_excused:
            yield f"row {row['sync_row']} says {_codes(row)} in the end, undisturbed {_codes(wanted)}"
    if len(end.results) != len(calm.ended.results or []):
        yield f"{len(end.results)} rows in the end"
    if left := _left_over(at):
        yield f"left behind in the end: {', '.join(left)}"
    for path in (at.home / "state").rglob("*"):
        if path.name.startswith(("input", "unfinished-copy")) and path.parent.name not in at.prepared:
            yield f"a copy of the sheet is kept: {path.name}"
        elif path.name.endswith(".unfinished"):
            yield f"half a file: {path.name}"


def _forgotten(at: Desk, known: Settled | None) -> Iterator[str]:
    """What could be undone when the run was interrupted, and cannot now."""
    now = at.settled()
    for phone, before in known.before.items() if known and now else ():
        if before != (None, None) and now is not None and now.before.get(phone) != before:
            yield f"what stood there before is forgotten: {phone}"


def _pairs(one: Ended, other: Ended) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    return zip(one.results or [], other.results or [], strict=False)


def _codes(row: dict[str, str]) -> tuple[str, str]:
    return row["sync_result"], row["sync_code"]
